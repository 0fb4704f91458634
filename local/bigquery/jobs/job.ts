import { randomUUID } from 'node:crypto';
import type { Caller } from '../../stand-in.ts';
import { type ApiError, type ErrorProto, errorProto } from '../errors.ts';
import { projectResource } from '../names.ts';
import type { QueryResult } from '../query/query-result.ts';

/** What is kept of a job. */
export interface JobRecord {
  readonly project: string;
  readonly jobId: string;
  readonly location: string;
  readonly user: Caller;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly creationTime: number;
  readonly state: 'RUNNING' | 'DONE';
  readonly endTime?: number;
  readonly errorResult?: ErrorProto;
  readonly statistics?: Readonly<Record<string, unknown>>;
}

export interface Job {
  record: JobRecord;
  /** Of a query that succeeded. */
  result?: QueryResult;
  /** Why it failed, with the error itself. */
  error?: ApiError;
  /** Resolves when the job is done, well or not. */
  readonly done: Promise<void>;
}

export const newJobId = () => `job_${randomUUID().replaceAll('-', '')}`;

/** A job's full id, as BigQuery's messages have it. */
export const jobName = ({ project, location, jobId }: Pick<JobRecord, 'project' | 'location' | 'jobId'>) =>
  `${project}:${location}.${jobId}`;

export const finished = (record: JobRecord, now: number, statistics: Readonly<Record<string, unknown>>): JobRecord => ({
  ...record,
  state: 'DONE',
  endTime: now,
  statistics,
});

export const failed = (record: JobRecord, now: number, error: ApiError): JobRecord => ({
  ...record,
  state: 'DONE',
  endTime: now,
  errorResult: errorProto(error),
});

/** A job as `jobs.get` answers. https://cloud.google.com/bigquery/docs/reference/rest/v2/Job */
export function jobResource(record: JobRecord): object {
  const { errorResult, state, endTime } = record;
  return {
    kind: 'bigquery#job',
    etag: `${record.jobId}-${state}`,
    id: jobName(record),
    selfLink: `https://bigquery.googleapis.com/bigquery/v2/${projectResource(record.project)}/jobs/${record.jobId}`,
    user_email: record.user,
    jobReference: jobReference(record),
    configuration: record.configuration,
    status: { state, ...(errorResult && { errorResult, errors: [errorResult] }) },
    statistics: {
      creationTime: String(record.creationTime),
      startTime: String(record.creationTime),
      ...(endTime !== undefined && { endTime: String(endTime) }),
      totalBytesProcessed: '0',
      ...record.statistics,
    },
  };
}

export const jobReference = ({ project, jobId, location }: JobRecord) => ({ projectId: project, jobId, location });
