import type { Connection, Field, Submittable } from 'pg';

/** Has the server parse a query and describe its result, without running it. */
export class DescribeQuery implements Submittable {
  readonly done: Promise<readonly Field[]>;
  readonly #text: string;
  #fields: readonly Field[] = [];
  #settle: { readonly resolve: (fields: readonly Field[]) => void; readonly reject: (error: Error) => void };

  constructor(text: string) {
    this.#text = text;
    const { promise, resolve, reject } = Promise.withResolvers<readonly Field[]>();
    this.done = promise;
    this.#settle = { resolve, reject };
  }

  submit(connection: Connection): void {
    connection.parse({ name: '', text: this.#text, types: [] });
    connection.describe({ type: 'S', name: '' });
    connection.sync();
  }

  handleRowDescription({ fields }: { readonly fields: readonly Field[] }): void {
    this.#fields = fields;
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#settle.resolve(this.#fields);
  }

  handleError(error: Error): void {
    this.#settle.reject(error);
  }
}
