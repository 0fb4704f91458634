import type { Caller } from '../../stand-in.ts';
import { ApiError, duplicate, notFound } from '../errors.ts';
import type { QueryResult } from '../query/query-result.ts';
import type { Database, Transaction } from '../store/database.ts';
import { putRecord, readRecords } from '../store/records.ts';
import { failed, finished, type Job, type JobRecord, jobName } from './job.ts';

/** Results are kept of so many queries; those of older ones are gone, as BigQuery's are after a day. */
const keptResults = 500;

/** What a job's work leaves behind. */
export interface Outcome {
  readonly statistics: Readonly<Record<string, unknown>>;
  readonly result?: QueryResult;
}

/** Writes the record of a job that did what it should, in the transaction that did it. */
export type Commit = (transaction: Transaction, statistics: Readonly<Record<string, unknown>>) => Promise<void>;

/** All jobs. A job's id is taken for ever, so that a repeated request does not do the work twice. */
export class Jobs {
  readonly #database: Database;
  readonly #now: () => number;
  readonly #jobs = new Map<string, Job>();

  constructor(database: Database, now: () => number) {
    this.#database = database;
    this.#now = now;
  }

  /** Reads the jobs of earlier runs. One that was under way has changed nothing: it counts as failed. */
  async load(): Promise<void> {
    for (const project of this.#database.projects) {
      const records = await this.#database.read(connection => readRecords<JobRecord>(connection, project, 'job'));
      for (const record of records) {
        const isDone = record.state === 'DONE';
        const error = new ApiError('internalError', 'The local BigQuery was stopped while the job was running.');
        this.#add(isDone ? record : failed(record, this.#now(), error), Promise.resolve());
      }
    }
  }

  list(project: string): JobRecord[] {
    return [...this.#jobs.values()]
      .map(job => job.record)
      .filter(record => record.project === project)
      .sort((a, b) => b.creationTime - a.creationTime);
  }

  /** Throws notFound. */
  get(project: string, jobId: string): Job {
    const job = this.#jobs.get(key(project, jobId));
    if (job === undefined) throw notFound('Job', `${project}:${jobId}`);
    return job;
  }

  /** Starts a job. Throws duplicate when its id is taken. With `keep` it is known after a restart as well. */
  async start(
    draft: Omit<JobRecord, 'state' | 'creationTime'>,
    keep: boolean,
    work: (caller: Caller, commit: Commit) => Promise<Outcome>,
  ): Promise<Job> {
    const record: JobRecord = { ...draft, state: 'RUNNING', creationTime: this.#now() };
    // A project that does not exist has no place for a record, and a load into it fails at once.
    const kept = keep && this.#database.projects.has(homeOf(record));
    if (this.#jobs.has(key(record.project, record.jobId))) throw duplicate('Job', jobName(record));
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const job = this.#add(record, promise);
    try {
      if (kept) await this.#keep(record);
    } catch (error) {
      this.#jobs.delete(key(record.project, record.jobId));
      throw error;
    }
    void this.#run(job, kept, work).then(resolve);
    return job;
  }

  /** Resolves when no job is under way. */
  async settled(): Promise<void> {
    await Promise.all([...this.#jobs.values()].map(job => job.done));
  }

  async #run(job: Job, kept: boolean, work: (caller: Caller, commit: Commit) => Promise<Outcome>): Promise<undefined> {
    let committed: JobRecord | undefined;
    try {
      const outcome = await work(job.record.user, async (transaction, statistics) => {
        committed = finished(job.record, this.#now(), statistics);
        if (kept) await this.#put(transaction, committed);
      });
      if (outcome.result) job.result = outcome.result;
      if (kept && committed === undefined) await this.#keep(finished(job.record, this.#now(), outcome.statistics));
      job.record = committed ?? finished(job.record, this.#now(), outcome.statistics);
    } catch (error) {
      job.error = error instanceof ApiError ? error : new ApiError('internalError', String(error));
      job.record = failed(job.record, this.#now(), job.error);
      // The failure is told to whoever asks now; after a restart the job is found to have failed anyway.
      if (kept) await this.#keep(job.record).catch(() => undefined);
    }
    this.#forgetOldResults();
    return undefined;
  }

  #add(record: JobRecord, done: Promise<unknown>): Job {
    const job: Job = { record, done: done.then(() => undefined) };
    this.#jobs.set(key(record.project, record.jobId), job);
    return job;
  }

  #keep(record: JobRecord): Promise<void> {
    return this.#database.transaction(transaction => this.#put(transaction, record));
  }

  /** Into the database of the project that the job changes, which need not be the one it runs in. */
  #put({ connection }: Transaction, record: JobRecord): Promise<void> {
    return putRecord(connection, homeOf(record), 'job', jobName(record), record);
  }

  #forgetOldResults(): void {
    const withResults = [...this.#jobs.values()].filter(job => job.result !== undefined);
    for (const job of withResults.slice(0, -keptResults)) delete job.result;
  }
}

/** A transaction of DuckDB changes one project only: the record of a load is kept beside the table that it fills. */
function homeOf(record: JobRecord): string {
  const load = record.configuration['load'] as { destinationTable?: { projectId?: string } } | undefined;
  return load?.destinationTable?.projectId ?? record.project;
}

const key = (project: string, jobId: string) => `${project}/${jobId}`;
