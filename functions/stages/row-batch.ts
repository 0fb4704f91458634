import { TableNotReady } from '../clients/appender.ts';
import type { Outcome } from '../core/stage.ts';

/** The rows of one batch on their way into a table, with the outcome of each. */
export class RowBatch {
  /** In the order of the rows. */
  readonly outcomes: Outcome[];
  #pending: Uint8Array[] = [];
  /** The places of the pending rows. */
  #indexes: number[] = [];

  constructor(rows: number) {
    const untried: Outcome = { kind: 'retry', error: new TableNotReady('too many rows wait for the table') };
    this.outcomes = new Array<Outcome>(rows).fill(untried);
  }

  /** The rows that have no outcome yet, or may be tried again. */
  get pending(): readonly Uint8Array[] {
    return this.#pending;
  }

  /** Whether a pending row was refused because its table is not there yet, or not as it should be. */
  get isNotReady(): boolean {
    return this.#indexes.some(index => {
      const outcome = this.outcomes[index];
      return outcome?.kind === 'retry' && outcome.error instanceof TableNotReady;
    });
  }

  add(index: number, row: Uint8Array): void {
    this.#indexes.push(index);
    this.#pending.push(row);
  }

  /** Sets the outcome of a row that is not even tried. */
  refuse(index: number, outcome: Outcome): void {
    this.outcomes[index] = outcome;
  }

  /** Takes the outcomes of the pending rows over. Those left to retry stay pending. */
  settle(outcomes: readonly Outcome[]): void {
    const rows = this.#pending;
    const indexes = this.#indexes;
    this.#pending = [];
    this.#indexes = [];
    outcomes.forEach((outcome, place) => {
      const index = indexes[place];
      const row = rows[place];
      if (index === undefined || row === undefined) return;
      this.outcomes[index] = outcome;
      if (outcome.kind === 'retry') this.add(index, row);
    });
  }
}
