import type { Connection, SecretReference } from './connection.ts';
import type { Instant } from './instant.ts';

/** `<service>/<export>`, such as `payment/transfers`: how people and attributes address an export. */
export type ExportAddress = `${string}/${string}`;

export const exportAddress = (service: string, id: string): ExportAddress => `${service}/${id}`;

/** Splits an address; undefined when it is not one. */
export function parseExportAddress(text: string): { readonly service: string; readonly id: string } | undefined {
  const found = /^([a-z][a-z0-9-]*)\/([a-z][a-z0-9_-]*)$/.exec(text);
  return found?.[1] && found[2] ? { service: found[1], id: found[2] } : undefined;
}

/** A service that has exports, with every default resolved. Plain data: it is written to exports.json as it is. */
export interface BatchService {
  readonly id: string;
  /** E-mail address of the team. */
  readonly owner: string;
  /** Project in which the service's exports run. */
  readonly project: string;
  /** `projects/<project>/regions/<region>/subnetworks/<name>`, by which they reach databases of a network. */
  readonly subnet?: string;
  /** The connections that the service's schedule and exports name, by their id. */
  readonly connections: Readonly<Record<string, Connection>>;
  /** In alphabetical order of their ids. */
  readonly exports: readonly ExportConfig[];
}

/** When an export runs: schedule.yaml, with what the export's own file sets in its place. */
export interface Schedule {
  /** Five fields, `@once` (at startDate), or `none` (by hand only). Presets such as `@daily` are written out. */
  readonly cron: string;
  /** IANA time zone in which the cron is read. */
  readonly timezone: string;
  /** IANA time zone in which templates show dates; UTC, as in Airflow, unless another was written. */
  readonly templateTimezone: string;
  /** No interval starts before it. Always there with catchup and with `@once`. */
  readonly startDate?: Instant;
  readonly catchup: boolean;
  readonly dependsOnPast: boolean;
  readonly maxActiveRuns: number;
  /** From the run's creation; none when absent. */
  readonly dagrunTimeoutMinutes?: number;
  /** Of one attempt's export, and of its load. */
  readonly executionTimeoutMinutes: number;
  /** After the interval's end; no SLA when absent. */
  readonly slaMinutes?: number;
  /** Whether runs that catch up and backfills have an SLA too. */
  readonly slaOfBackfills: boolean;
  /** Attempts after the first. */
  readonly retryCount: number;
  readonly retryDelayMinutes: number;
}

/** Who is told when something is wrong. */
export interface Alerting {
  readonly slack?: { readonly channel: string; readonly connection: string };
  /** Id of a connection of kind pagerduty. */
  readonly pagerDuty?: string;
}

export interface ExportConfig {
  readonly id: string;
  readonly address: ExportAddress;
  /** Empty when none was written. */
  readonly description: string;
  readonly schedule: Schedule;
  readonly alerting: Alerting;
  /** Id of the pool, which is in the catalogue. */
  readonly pool: string;
  /** Id of one of the service's connections, of a database. */
  readonly connection: string;
  readonly source: Source;
  /** Whether a run holds the rows of its interval only. */
  readonly incremental: boolean;
  /** By how much the query's interval starts early, for rows that were committed late; 0 unless incremental. */
  readonly overlapMinutes: number;
  /** What templates see as `params`, besides the destination's own. */
  readonly params: Readonly<Record<string, string | number | boolean>>;
  readonly destinations: readonly Destination[];
  readonly columns: Readonly<Record<string, ColumnPolicy>>;
  readonly contract: Contract;
  /** Absent when the export is read in one part. */
  readonly partitions?: Partitions;
}

/** What is read: a query (SQL, or GQL of a Datastore), or the entities of a Datastore's kind. */
export type Source =
  | {
      readonly type: 'query';
      /** A template. */
      readonly query: string;
      /** Where the template was written, for its errors. */
      readonly written: Written;
    }
  | {
      readonly type: 'entity';
      readonly kind: string;
      /** The default namespace when absent. */
      readonly namespace?: string;
      readonly where: readonly EntityFilter[];
      readonly written: Written;
    };

export interface EntityFilter {
  readonly property: string;
  readonly operator: '=' | '<' | '<=' | '>' | '>=';
  /** A template; what it renders is read as `type`. */
  readonly value: string;
  readonly type: 'string' | 'integer' | 'double' | 'boolean' | 'timestamp';
}

/** A place in a file: the line of a template's first line, from 1. */
export interface Written {
  readonly file: string;
  readonly line: number;
}

export const writeModes = ['replace', 'append', 'merge'] as const;

/** `replace`: the table holds the last run only; `append`: each run's rows once; `merge`: by the merge query. */
export type WriteMode = (typeof writeModes)[number];

/** One table of BigQuery that a run is loaded into. */
export interface Destination {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
  readonly writeMode: WriteMode;
  /** A template; present exactly with write mode `merge`. */
  readonly mergeQuery?: string;
  readonly mergeQueryWritten?: Written;
  /** Column and granularity; no partitions when absent. */
  readonly partitionBy?: { readonly column: string; readonly granularity: 'HOUR' | 'DAY' | 'MONTH' | 'YEAR' };
  readonly clusterBy: readonly string[];
  /** Days after which a partition, or an unpartitioned table, is dropped. */
  readonly expirationDays?: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** `<project>.<dataset>.<table>`: names a destination in runs and events. */
export const destinationId = ({ project, dataset, table }: Pick<Destination, 'project' | 'dataset' | 'table'>) =>
  `${project}.${dataset}.${table}`;

/** What to do with a value that its type in the lake and in BigQuery cannot hold. Counted in the ledger unless `error`. */
export type LossPolicy = 'error' | 'null' | 'string';

/** What was written of one column; what is absent follows from the source's type. */
export interface ColumnPolicy {
  /** Class of personal data, such as `email`, or `none`. */
  readonly class?: string;
  /** The mask that was written, or else that of the class. Absent when the column is exported as it is. */
  readonly mask?: Mask;
  /** Resource name of the policy tag that columns of the class get. */
  readonly policyTag?: string;
  readonly description?: string;
  /**
   * BigQuery type to export the column as, in the place of the one that follows from the source's: `JSON` of a text,
   * `STRING` of anything, `BOOL` of tinyint(1) or bit(1), and so on.
   */
  readonly type?: ColumnType;
  /** With type NUMERIC or BIGNUMERIC, or alone: what a decimal without declared precision is exported as. */
  readonly decimal?: { readonly precision: number; readonly scale: number };
  /**
   * Of values such as zero dates, infinity, years out of range and decimals too long. When absent: MySQL's zero dates
   * become NULL, and everything else is an error.
   */
  readonly onOutOfRange?: LossPolicy;
  /**
   * Declares an array of one dimension to be exported as a REPEATED column, in which an array that is NULL is empty, and
   * says what becomes of a NULL in it. When absent, or `string`, an array is JSON.
   */
  readonly onNullElement?: 'error' | 'drop' | 'string';
}

export const columnTypes = [
  'STRING',
  'BYTES',
  'INT64',
  'FLOAT64',
  'NUMERIC',
  'BIGNUMERIC',
  'BOOL',
  'DATE',
  'TIME',
  'DATETIME',
  'TIMESTAMP',
  'JSON',
  'GEOGRAPHY',
] as const;

export type ColumnType = (typeof columnTypes)[number];

/** Keyed and joinable: the same value gives the same text under the same version of the key. */
export interface HmacMask {
  readonly method: 'hmac';
  readonly key: SecretReference;
}

/** What becomes of a value before it leaves the service's project. */
export type Mask =
  | HmacMask
  /** The first characters. As the mask of a class, a time is cut to its day, and `otherwise` masks all other types. */
  | { readonly method: 'truncate'; readonly length: number; readonly otherwise?: HmacMask }
  /** The last characters; all before become `*`. */
  | { readonly method: 'keep_last'; readonly length: number }
  /** A fixed text. */
  | { readonly method: 'redact'; readonly text: string }
  /** The column is not exported. */
  | { readonly method: 'drop' };

export interface Contract {
  /** Of a column that the table does not have: add it, refuse the run, or leave it out. */
  readonly newColumns: 'evolve' | 'freeze' | 'discard';
  /** Of a column for which neither class nor mask was written: refuse the run before a row is read, or export it. */
  readonly unclassified: 'fail' | 'allow';
}

/** Cuts an export into parts that are read one by one or side by side. */
export type Partitions =
  /** Equal ranges between the smallest and the greatest value of a column. */
  | { readonly by: string; readonly count: number }
  /** Ranges between given values: below the first, between two, from the last on. */
  | { readonly by: string; readonly bounds: readonly (string | number)[] };

/** A named number of slots. */
export interface Pool {
  readonly id: string;
  /** How many exports run at once: maxConcurrentDispatches of its queue. */
  readonly slots: number;
  /** Empty when none was written. */
  readonly description: string;
}
