/** The part of `pg` that is used here; the package has no types of its own. */
declare module 'pg' {
  import type { EventEmitter } from 'node:events';
  import type { Duplex } from 'node:stream';

  export interface ClientConfig {
    readonly host?: string;
    readonly port?: number;
    readonly user: string;
    readonly password?: string;
    readonly database: string;
    readonly ssl?: boolean | object;
    readonly stream?: () => Duplex;
    readonly application_name?: string;
    readonly options?: string;
    readonly connectionTimeoutMillis?: number;
    readonly keepAlive?: boolean;
  }

  export interface Field {
    readonly name: string;
    readonly dataTypeID: number;
    readonly dataTypeModifier: number;
  }

  export interface Connection {
    readonly stream: Duplex;
    parse(statement: { readonly name: string; readonly text: string; readonly types: readonly number[] }): void;
    describe(target: { readonly type: 'S' | 'P'; readonly name: string }): void;
    bind(portal: { readonly portal: string; readonly statement: string; readonly values: readonly string[] }): void;
    execute(portal: { readonly portal: string; readonly rows: number }): void;
    sync(): void;
  }

  /** What `Client.query` takes beside texts: an object that speaks the protocol by itself. */
  export interface Submittable {
    submit(connection: Connection): void;
    handleRowDescription(message: { readonly fields: readonly Field[] }): void;
    handleCommandComplete(): void;
    handleReadyForQuery(): void;
    handleError(error: Error): void;
  }

  export interface Result {
    readonly rows: readonly (readonly (string | null)[])[];
  }

  export class Client extends EventEmitter {
    constructor(config: ClientConfig);
    connect(): Promise<void>;
    query(
      query:
        | string
        | {
            readonly text: string;
            readonly values?: readonly string[];
            readonly rowMode: 'array';
            readonly types: object;
          },
    ): Promise<Result>;
    query(query: Submittable): void;
    end(): Promise<void>;
    readonly connection: Connection;
  }

  export class DatabaseError extends Error {
    readonly code?: string;
  }

  const pg: { readonly Client: typeof Client; readonly DatabaseError: typeof DatabaseError };
  export default pg;
}
