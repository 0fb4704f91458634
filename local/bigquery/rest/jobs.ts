import type { Access } from '../access.ts';
import { ApiError, invalid, unsupported } from '../errors.ts';
import { type Job, type JobRecord, jobReference, jobResource, newJobId } from '../jobs/job.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { runLoad } from '../jobs/load.ts';
import { parseLoad } from '../jobs/load-configuration.ts';
import type { Objects } from '../jobs/sources.ts';
import { isObject, type Json, textOf } from '../properties.ts';
import type { Engine } from '../query/engine.ts';
import { queryStatistics } from '../query/statistics.ts';
import type { Views } from '../query/views.ts';
import type { Catalogue } from '../store/catalogue.ts';
import { queryPage } from './query-page.ts';
import { parseQuery } from './query-request.ts';
import { type Call, type Route, route } from './route.ts';
import { countOf, page } from './server.ts';

export interface JobContext {
  readonly catalogue: Catalogue;
  readonly jobs: Jobs;
  readonly engine: Engine;
  readonly views: Views;
  readonly objects: Objects;
  readonly access: Access;
}

/** How long a caller waits for a query unless it says otherwise: https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query */
const defaultTimeoutMillis = 10_000;
/** https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query: a requestId is honoured for 15 minutes */
const requestIdMillis = 15 * 60_000;

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs */
export function jobRoutes(context: JobContext, now: () => number): Route[] {
  const { jobs, engine, access } = context;
  const requests = new Map<string, { readonly job: Promise<Job>; readonly time: number }>();

  async function insert({ caller, path, body }: Call): Promise<object> {
    const project = path['project'] ?? '';
    access.project(caller, 'bigquery.jobs.create', project);
    const configuration = isObject(body['configuration']) ? body['configuration'] : {};
    const reference = isObject(body['jobReference']) ? body['jobReference'] : {};
    const draft = draftOf(project, reference, caller, configuration);
    if (isObject(configuration['query'])) return insertQuery(draft, configuration);
    if (!isObject(configuration['load'])) throw unsupported('A job that is neither a query nor a load');
    const load = parseLoad(configuration['load'], project);
    access.table(caller, 'bigquery.tables.updateData', load.destination);
    if (load.createIfNeeded) access.dataset(caller, 'bigquery.tables.create', load.destination);
    const job = await jobs.start(draft, true, async (_caller, commit) => {
      const outcome = await runLoad(context.catalogue, context.objects, load, commit, now());
      if (outcome.schemaChanged) await context.views.refresh();
      return outcome;
    });
    return jobResource(job.record);
  }

  async function insertQuery(draft: ReturnType<typeof draftOf>, configuration: Json): Promise<object> {
    const query = configuration['query'] as Json;
    const request = parseQuery({ ...query, dryRun: configuration['dryRun'] }, draft.project);
    const statements = engine.prepare(request.sql, request);
    if (request.dryRun) {
      const result = await engine.describe(statements, draft.user);
      const statistics = queryStatistics(result, result.columns);
      return jobResource({ ...draft, state: 'DONE', creationTime: now(), endTime: now(), statistics });
    }
    const job = await startQuery(draft, statements, true);
    return jobResource(job.record);
  }

  function startQuery(
    draft: ReturnType<typeof draftOf>,
    statements: ReturnType<Engine['prepare']>,
    kept: boolean,
  ): Promise<Job> {
    return jobs.start(draft, kept, async caller => {
      const result = await engine.run(statements, caller);
      return { result, statistics: queryStatistics(result) };
    });
  }

  /** `jobs.query`: starts a query and waits for its first page. */
  async function query({ caller, path, body }: Call): Promise<object> {
    const project = path['project'] ?? '';
    access.project(caller, 'bigquery.jobs.create', project);
    const request = parseQuery(body, project);
    if (request.dryRun) {
      const result = await engine.describe(engine.prepare(request.sql, request), caller);
      return queryPage({ kind: 'bigquery#queryResponse', result, request: {}, jobReference: { projectId: project } });
    }
    const start = (): Promise<Job> => {
      const location = typeof body['location'] === 'string' ? { location: body['location'] } : {};
      const draft = draftOf(project, location, caller, {
        jobType: 'QUERY',
        query: { query: request.sql, useLegacySql: false },
      });
      return startQuery(draft, engine.prepare(request.sql, request), false);
    };
    const job = await once(body['requestId'], `${caller}/${project}`, start);
    await finishedWithin(job, timeoutOf(body['timeoutMs']));
    return answer(job, 'bigquery#queryResponse', body);
  }

  /** The job of an earlier request with the same id: a client may send a request twice. */
  function once(requestId: unknown, scope: string, start: () => Promise<Job>): Promise<Job> {
    if (typeof requestId !== 'string' || requestId === '') return start();
    for (const [key, { time }] of requests) {
      if (now() - time < requestIdMillis) break;
      requests.delete(key);
    }
    const key = `${scope}/${requestId}`;
    const earlier = requests.get(key);
    if (earlier) return earlier.job;
    const job = start();
    requests.set(key, { job, time: now() });
    return job;
  }

  async function getQueryResults(call: Call): Promise<object> {
    const job = find(call);
    const { query: parameters } = call;
    await finishedWithin(job, timeoutOf(parameters.get('timeoutMs')));
    return answer(job, 'bigquery#getQueryResultsResponse', {
      startIndex: parameters.get('startIndex'),
      maxResults: parameters.get('maxResults'),
      pageToken: parameters.get('pageToken'),
      formatOptions: {
        useInt64Timestamp: parameters.get('formatOptions.useInt64Timestamp'),
        timestampOutputFormat: parameters.get('formatOptions.timestampOutputFormat'),
      },
    });
  }

  function answer(job: Job, kind: string, request: Json): object {
    const reference = jobReference(job.record);
    if (job.record.state === 'RUNNING') return { kind, jobReference: reference, jobComplete: false };
    if (job.error) throw job.error;
    if (!job.result)
      throw new ApiError('notFound', `Not found: the results of job ${job.record.jobId} are no longer kept.`);
    return queryPage({ kind, result: job.result, request, jobReference: reference });
  }

  function find({ caller, path }: Call): Job {
    const project = path['project'] ?? '';
    const job = jobs.get(project, path['job'] ?? '');
    // A caller may always see its own jobs.
    if (job.record.user !== caller) access.project(caller, 'bigquery.jobs.get', project);
    return job;
  }

  function list({ caller, path, query: parameters }: Call): object {
    const project = path['project'] ?? '';
    const all = parameters.get('allUsers') === 'true';
    access.project(caller, all ? 'bigquery.jobs.listAll' : 'bigquery.jobs.list', project);
    const states = parameters.getAll('stateFilter').map(state => state.toUpperCase());
    const found = jobs
      .list(project)
      .filter(record => (all || record.user === caller) && (states.length === 0 || states.includes(record.state)));
    const { items, ...rest } = page(found, parameters);
    return { kind: 'bigquery#jobList', etag: project, ...rest, jobs: items.map(jobListItem) };
  }

  const one = 'projects/{project}/jobs/{job}';
  return [
    route('POST', 'projects/{project}/jobs', insert),
    route('GET', 'projects/{project}/jobs', list),
    route('GET', one, call => jobResource(find(call).record)),
    // Jobs are short, and BigQuery promises no more than to try.
    route('POST', `${one}/cancel`, call => ({
      kind: 'bigquery#jobCancelResponse',
      job: jobResource(find(call).record),
    })),
    route('POST', 'projects/{project}/queries', query),
    route('GET', 'projects/{project}/queries/{job}', getQueryResults),
  ];
}

function draftOf(project: string, reference: Json, user: string, configuration: Json) {
  const { jobId, location } = reference;
  const id = typeof jobId === 'string' && jobId !== '' ? jobId : newJobId();
  if (!/^[\w-]{1,1024}$/.test(id)) throw invalid(`Invalid job ID "${id}".`, 'jobReference.jobId');
  return {
    project,
    jobId: id,
    location: typeof location === 'string' && location !== '' ? location : 'US',
    user,
    configuration,
  } satisfies Partial<JobRecord>;
}

function jobListItem(record: JobRecord): object {
  return {
    ...jobResource(record),
    state: record.state,
    ...(record.errorResult && { errorResult: record.errorResult }),
  };
}

const timeoutOf = (timeoutMs: unknown): number => countOf(textOf(timeoutMs), 'timeoutMs') ?? defaultTimeoutMillis;

async function finishedWithin(job: Job, millis: number): Promise<void> {
  const { promise: timeout, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), millis);
  await Promise.race([job.done, timeout]);
  clearTimeout(timer);
}
