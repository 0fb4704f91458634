import type { BigQuery, Job, JobLoadMetadata, Query, TableSchema } from '@google-cloud/bigquery';
import { quotedTable, type TableReference } from '../core/batch/load-plan.ts';
import { OnrampError } from '../core/errors.ts';
import { type Mismatch, mergedFields, missingColumns } from '../core/schema/table-difference.ts';
import type { TableField } from '../core/schema/table-schema.ts';
import { statusOf } from './objects.ts';

/** How a table is made that is not there yet. */
export interface LoadTable extends TableReference {
  readonly fields: readonly TableField[];
  readonly partitionBy?: { readonly column: string; readonly granularity: string };
  readonly clusterBy: readonly string[];
  readonly expirationDays?: number;
  readonly description?: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Jobs and tables of BigQuery, as a load needs them. Everything can be repeated, and is then found done. */
export interface Loads {
  /**
   * Makes the table with that expiration when it is missing. Answers with the time of its making, which tells it from one
   * of the same name that was there before.
   */
  createStaging(table: TableReference, fields: readonly TableField[], expires: Date): Promise<string>;
  /** Removes the table; also when it is gone. */
  drop(table: TableReference): Promise<void>;
  /**
   * Makes the destination when it is missing, and adds the columns that it lacks unless they are to be left out.
   * Answers with the columns that can be written.
   * @throws OnrampError LOAD_SCHEMA_MISMATCH
   */
  ensure(table: LoadTable, newColumns: 'evolve' | 'freeze' | 'discard'): Promise<string[]>;
  /** Loads Avro files over the table's rows. Resolves when they are there; rejects with a `JobFailure`. */
  load(idOf: (failures: number) => string, table: TableReference, uris: readonly string[]): Promise<void>;
  /** Runs a statement once, however often it is asked for; rejects with a `JobFailure`. */
  run(idOf: (failures: number) => string, sql: string, near: TableReference): Promise<void>;
  /** Whether the statement of these ids has been run. */
  hasRun(idOf: (failures: number) => string, near: TableReference): Promise<boolean>;
  /** The only row that a query answers with; its integers as the client's `BigQueryInt`, for they may be large. */
  ask(sql: string, near: TableReference): Promise<Readonly<Record<string, unknown>>>;
}

/** A job that ended in an error. */
export class JobFailure extends Error {
  override readonly name = 'JobFailure';
  /** https://cloud.google.com/bigquery/docs/error-messages#errortable */
  readonly reason: string;

  constructor({ reason, message }: { readonly reason?: string | null; readonly message?: string | null }) {
    super(message ?? 'the job failed');
    this.reason = reason ?? 'unknown';
  }

  /** Whether the same job may succeed at another time. */
  get isPassing(): boolean {
    return passing.has(this.reason);
  }
}

const passing = new Set([
  'backendError',
  'internalError',
  'jobBackendError',
  'jobInternalError',
  'jobRateLimitExceeded',
  'rateLimitExceeded',
  'quotaExceeded',
  'resourcesExceeded',
  'stopped',
  'timeout',
]);

/** Jobs of one work that may fail by no fault of its own before it is given up for now. */
const maxFailures = 5;

const changeAttempts = 8;

export async function createLoads(project: string): Promise<Loads> {
  const { BigQuery } = await import('@google-cloud/bigquery');
  return loadsOf(new BigQuery({ projectId: project }));
}

export function loadsOf(bigquery: BigQuery): Loads {
  const dataset = ({ project, dataset: id }: TableReference) => bigquery.dataset(id, { projectId: project });
  const tableOf = (table: TableReference) => dataset(table).table(table.table);

  const locations = new Map<string, Promise<string | undefined>>();
  /** A job runs, and is found, where its dataset is. */
  const locationOf = (table: TableReference) => {
    const key = `${table.project}.${table.dataset}`;
    let location = locations.get(key);
    if (location === undefined) {
      location = dataset(table)
        .getMetadata()
        .then(([metadata]) => (metadata as { location?: string }).location);
      location.catch(() => locations.delete(key));
      locations.set(key, location);
    }
    return location;
  };

  const find = async (id: string, location: string | undefined): Promise<Job | undefined> => {
    const job = bigquery.job(id, location === undefined ? {} : { location });
    try {
      await job.getMetadata();
      return job;
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  };
  /** The job that does the work: the one of before, unless that has failed. */
  const once = async (
    idOf: (failures: number) => string,
    near: TableReference,
    start: (jobId: string, location: string | undefined) => Promise<Job>,
  ): Promise<void> => {
    const location = await locationOf(near);
    for (let failures = 0; ; failures += 1) {
      const id = idOf(failures);
      const before = await find(id, location);
      const job =
        before ??
        (await startOrAttach(
          () => start(id, location),
          () => find(id, location),
        ));
      try {
        await finished(job);
        return;
      } catch (error) {
        // One of before may have failed for a reason that is gone; one of now has failed.
        if (before === undefined || failures >= maxFailures) throw error;
      }
    }
  };

  return {
    async createStaging(table, fields, expires) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          const [created] = await dataset(table).createTable(table.table, {
            schema: clientSchema(fields),
            expirationTime: String(expires.getTime()),
            labels: { app: 'onramp', onramp: 'staging' },
          });
          return (created.metadata as TableMetadata).creationTime ?? '';
        } catch (error) {
          if (statusOf(error) !== 409 || attempt === changeAttempts) throw error;
        }
        // Undefined when somebody has just removed it.
        const existing = await metadataOf(table);
        if (existing !== undefined) return existing.creationTime ?? '';
      }
    },
    async drop(table) {
      await tableOf(table).delete({ ignoreNotFound: true });
    },
    async ensure(table, newColumns) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          const existing = await metadataOf(table);
          if (existing === undefined) {
            await dataset(table).createTable(table.table, resourceOf(table));
            return table.fields.map(({ name }) => name);
          }
          const { fields, writable } = agreed(existing.schema?.fields ?? [], table, newColumns);
          if (fields !== undefined) {
            await tableOf(table).setMetadata({ schema: clientSchema(fields), etag: existing.etag ?? '' });
          }
          return writable;
        } catch (error) {
          const raced = statusOf(error) === 409 || statusOf(error) === 412;
          if (!raced || attempt === changeAttempts) throw error;
        }
      }
    },
    load: (idOf, table, uris) =>
      once(idOf, table, async (jobId, location) => {
        const [job] = await bigquery.createJob({
          jobId,
          ...(location !== undefined && { location }),
          configuration: {
            load: {
              sourceUris: [...uris],
              destinationTable: { projectId: table.project, datasetId: table.dataset, tableId: table.table },
              sourceFormat: 'AVRO',
              useAvroLogicalTypes: true,
              decimalTargetTypes: ['NUMERIC', 'BIGNUMERIC', 'STRING'],
              createDisposition: 'CREATE_NEVER',
              writeDisposition: 'WRITE_TRUNCATE',
            } satisfies JobLoadMetadata,
          },
        });
        return job;
      }),
    run: (idOf, sql, near) =>
      once(idOf, near, async (jobId, location) => {
        const [job] = await bigquery.createQueryJob({
          jobId,
          query: sql,
          useLegacySql: false,
          labels: { app: 'onramp' },
          ...(location !== undefined && { location }),
        } satisfies Query);
        return job;
      }),
    async hasRun(idOf, near) {
      const location = await locationOf(near);
      for (let failures = 0; failures <= maxFailures; failures += 1) {
        const job = await find(idOf(failures), location);
        if (job === undefined) return false;
        try {
          await finished(job);
          return true;
        } catch (error) {
          if (!(error instanceof JobFailure)) throw error;
        }
      }
      return false;
    },
    async ask(sql, near) {
      const location = await locationOf(near);
      const [rows] = await bigquery.query({
        query: sql,
        useLegacySql: false,
        wrapIntegers: true,
        ...(location !== undefined && { location }),
      });
      const [row] = rows as Readonly<Record<string, unknown>>[];
      if (row === undefined) throw new Error('the query answered with no row');
      return row;
    },
  };

  async function metadataOf(table: TableReference): Promise<TableMetadata | undefined> {
    try {
      const [metadata] = (await tableOf(table).getMetadata()) as unknown[];
      return metadata as TableMetadata;
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  }
}

interface TableMetadata {
  readonly creationTime?: string;
  readonly etag?: string;
  readonly schema?: { readonly fields?: readonly TableField[] };
}

/** What a table's fields should be, undefined when they are so, and which columns of the load can be written. */
function agreed(
  existing: readonly TableField[],
  table: LoadTable,
  newColumns: 'evolve' | 'freeze' | 'discard',
): { fields: TableField[] | undefined; writable: string[] } {
  const { missing, required, mismatches } = missingColumns(existing, table.fields);
  const problems = [
    ...mismatches
      .filter(mismatch => !isCoerced(mismatch))
      .map(({ path, existing: is, wanted }) => `column ${path} is ${is}, not ${wanted}`),
    ...(newColumns === 'freeze'
      ? missing.map(({ path }) => `column ${path} is not there, and the contract is freeze`)
      : []),
    ...(newColumns === 'discard'
      ? missing
          .filter(({ path }) => path.includes('.'))
          .map(({ path }) => `column ${path} is not there, and cannot be left out of its record`)
      : []),
  ];
  if (problems.length > 0) {
    throw new OnrampError('LOAD_SCHEMA_MISMATCH', `${quotedTable(table)}: ${problems.join('; ')}`);
  }
  const absent = new Set(missing.map(({ path }) => path));
  const writable = table.fields.map(({ name }) => name);
  if (newColumns === 'discard') return { fields: undefined, writable: writable.filter(name => !absent.has(name)) };
  const changes = missing.length + required.length > 0;
  return { fields: changes ? mergedFields(existing, table.fields) : undefined, writable };
}

/**
 * Whether a statement writes the one type into a column of the other as it is.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_rules#coercion
 */
const isCoerced = ({ path, existing, wanted }: Mismatch): boolean =>
  !path.includes('.') && existing === 'BIGNUMERIC' && wanted === 'NUMERIC';

function resourceOf({ fields, partitionBy, clusterBy, expirationDays, description, labels }: LoadTable) {
  const millis = expirationDays === undefined ? undefined : expirationDays * 86_400_000;
  return {
    schema: clientSchema(fields),
    ...(partitionBy !== undefined && {
      timePartitioning: {
        type: partitionBy.granularity,
        field: partitionBy.column,
        ...(millis !== undefined && { expirationMs: String(millis) }),
      },
    }),
    ...(partitionBy === undefined && millis !== undefined && { expirationTime: String(Date.now() + millis) }),
    ...(clusterBy.length > 0 && { clustering: { fields: [...clusterBy] } }),
    ...(description !== undefined && { description }),
    labels: { ...labels },
  };
}

/** The client's own types allow it to change what it is given, which it does not. */
const clientSchema = (fields: readonly TableField[]): TableSchema => ({ fields: fields as TableSchema['fields'] & {} });

/** Starts a job; when somebody has started it meanwhile, theirs. */
async function startOrAttach(start: () => Promise<Job>, find: () => Promise<Job | undefined>): Promise<Job> {
  try {
    return await start();
  } catch (error) {
    const job = statusOf(error) === 409 ? await find() : undefined;
    if (job !== undefined) return job;
    throw asFailure(error);
  }
}

/** Some mistakes are found when the job is made, and answered like any other request's. */
function asFailure(error: unknown): unknown {
  const [first] = (error as { errors?: { reason?: string; message?: string }[] }).errors ?? [];
  const status = statusOf(error);
  return first !== undefined &&
    status !== undefined &&
    status >= 400 &&
    status < 500 &&
    status !== 401 &&
    status !== 429
    ? new JobFailure(first)
    : error;
}

/** Between two looks at a job that is not done. */
const pollMillis = [50, 100, 200, 500, 1000];

interface JobMetadata {
  readonly status?: {
    readonly state?: string;
    readonly errorResult?: { readonly reason?: string; readonly message?: string };
  };
}

async function finished(job: Job): Promise<void> {
  for (let look = 0; ; look += 1) {
    const [metadata] = (await job.getMetadata()) as unknown[];
    const { status } = metadata as JobMetadata;
    if (status?.state === 'DONE') {
      if (status.errorResult) throw new JobFailure(status.errorResult);
      return;
    }
    const pause = pollMillis[Math.min(look, pollMillis.length - 1)] ?? 1000;
    await new Promise(resolve => setTimeout(resolve, pause));
  }
}
