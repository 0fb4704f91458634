import type { TableField } from '../../functions/core/schema/table-schema.ts';
import type { TableDefinition } from '../../functions/core/warehouse-table.ts';

/**
 * Waits until those who write to a table know its columns.
 * @returns those of them, as dotted paths, that writers did not know when the time was over
 */
export type UntilWritable = (table: TableDefinition) => Promise<readonly string[]>;

/** The columns that writers know of a table; undefined while they do not know the table. */
export type WriterFields = (dataset: string, table: string) => Promise<readonly NamedField[] | undefined>;

/** A column by its name, and the columns within. */
export interface NamedField {
  readonly name: string;
  readonly fields?: readonly NamedField[];
}

export interface WaitOptions {
  readonly writerFields: WriterFields;
  /** For all tables together, from now on. */
  readonly patienceMillis: number;
  readonly clock: { now(): number; sleep(millis: number): Promise<unknown> };
  /** Is told, line by line, what is waited for, and what became of it. */
  readonly say: (line: string) => void;
}

/** Pauses between two looks; each is so many times as long as the one before. */
const firstPauseMillis = 500;
const longestPauseMillis = 5000;
const growth = 1.25;

/**
 * A change of a table reaches those who write to it after a while, minutes at worst. Nobody waits for a table that they do
 * not know at all: a new one is empty, and its first rows wait for it. Where the columns cannot be read, that is said, and
 * not waited for either. https://cloud.google.com/bigquery/docs/write-api#schema_update
 */
export function createUntilWritable({ writerFields, patienceMillis, clock, say }: WaitOptions): UntilWritable {
  const deadline = clock.now() + patienceMillis;

  return async ({ dataset, table, fields }) => {
    const name = `${dataset}.${table}`;
    const wanted = pathsOf(fields);
    const missing = async (): Promise<readonly string[]> => {
      const known = await writerFields(dataset, table);
      if (known === undefined) return [];
      const there = new Set(pathsOf(known).map(path => path.toLowerCase()));
      return wanted.filter(path => !there.has(path.toLowerCase()));
    };
    const started = clock.now();
    const seconds = () => Math.round((clock.now() - started) / 1000);
    try {
      let late = await missing();
      if (late.length === 0) return [];
      if (started < deadline) say(`Waiting until ${name} can be written with ${named(late)} ...`);
      let pause = firstPauseMillis;
      while (late.length > 0 && clock.now() < deadline) {
        await clock.sleep(Math.min(pause, deadline - clock.now()));
        pause = Math.min(pause * growth, longestPauseMillis);
        late = await missing();
      }
      if (late.length === 0) say(`${name} can be written with all its columns, after ${seconds()} s.`);
      else say(`warning: ${name} cannot be written yet with ${named(late)}: rows with them wait, and nothing is lost`);
      return late;
    } catch (error) {
      say(
        `warning: BigQuery does not say whether ${name} can be written with all its columns: ${(error as Error).message}`,
      );
      return [];
    }
  };
}

const pathsOf = (fields: readonly (NamedField | TableField)[], parent = ''): string[] =>
  fields.flatMap(({ name, fields: within = [] }) => [`${parent}${name}`, ...pathsOf(within, `${parent}${name}.`)]);

/** As many as fit on a line. */
function named(paths: readonly string[]): string {
  const shown = 5;
  const more = paths.length - shown;
  return `${paths.slice(0, shown).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
