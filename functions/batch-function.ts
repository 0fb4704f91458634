import type { HttpFunction, Request } from '@google-cloud/functions-framework';
import { assembleBatchStage, assembleConsole, assembleExport, assemblePlanRuns } from './assemble-batch.ts';
import { readBatchEnvironment } from './batch-environment.ts';
import {
  type BatchFunctionId,
  type BatchStageId,
  batchStages,
  type CalledId,
  consoleId,
} from './core/batch/batch-wiring.ts';
import type { ExportRequest } from './core/batch/export-request.ts';
import { createCallHandler, type Work } from './delivery/call.ts';
import { createDrainOnSigterm } from './delivery/drain-on-sigterm.ts';
import { createLog, type Log, messageOfError } from './log.ts';
import { servePushes } from './push-function.ts';

type Variables = Readonly<Record<string, string | undefined>>;

const logOf = (id: BatchFunctionId, project: string): Log =>
  createLog(id, line => void process.stdout.write(line), project);

/** A stage of the batch layer, to which Pub/Sub pushes. */
export async function createBatchStage(id: BatchStageId, variables: Variables): Promise<HttpFunction> {
  const environment = readBatchEnvironment(id, variables);
  return servePushes({
    stage: await assembleBatchStage(id, environment),
    bounds: batchStages[id].batch,
    // What it cannot take is tried again, and parked by Pub/Sub itself in the end.
    sendDeadLetters: () => Promise.reject(new Error(`${id} sets nothing aside`)),
    log: logOf(id, environment.value('ONRAMP_PROJECT')),
  });
}

/** A function that Cloud Scheduler or Cloud Tasks calls, and that answers when its work is done. */
export async function createCalledFunction(id: CalledId, variables: Variables): Promise<HttpFunction> {
  const environment = readBatchEnvironment(id, variables);
  const log = logOf(id, environment.value('ONRAMP_PROJECT'));
  const stopping = new AbortController();
  const work: Work =
    id === 'plan-runs'
      ? planWith(await assemblePlanRuns(environment), log)
      : exportWith(await assembleExport(environment, log, stopping.signal), environment.value('ONRAMP_SERVICE'), log);
  const handler = createCallHandler(work, log);
  const shutdown = createDrainOnSigterm(() => {
    stopping.abort();
    return handler.drain();
  });
  return (request, response) => {
    shutdown.takeOver();
    return handler(request, response);
  };
}

/** What people call with a browser. */
export async function createConsoleFunction(variables: Variables): Promise<HttpFunction> {
  const environment = readBatchEnvironment(consoleId, variables);
  return assembleConsole(environment, logOf(consoleId, environment.value('ONRAMP_PROJECT')));
}

const planWith =
  (plan: Awaited<ReturnType<typeof assemblePlanRuns>>, log: Log): Work =>
  async () => {
    const { created, dispatched, errors } = await plan(new Date());
    if (created + dispatched > 0) log.info('runs planned', { created, dispatched });
    for (const error of errors) log.error('an export could not be planned', { error: messageOfError(error) });
    if (errors.length > 0) throw new Error(`${errors.length} exports could not be planned; the others were`);
    return 'done';
  };

const exportWith =
  (run: Awaited<ReturnType<typeof assembleExport>>, service: string, log: Log): Work =>
  async request => {
    const body = requestOf(request, service);
    if (body === undefined) return { refused: 'the body is no request for an export of this service' };
    const end = await run(body, retriesOf(request));
    if (end === 'told') return 'done';
    const { export: address, interval, attempt } = body;
    if (end === 'unwanted') {
      log.info('an export is not wanted any more', { export: address, interval: interval.start, attempt });
      return 'done';
    }
    log.info('an export goes on in another execution', { export: address });
    return end;
  };

/** https://cloud.google.com/tasks/docs/creating-http-target-tasks#handler */
const retriesOf = (request: Request): number => Number(request.get('x-cloudtasks-taskretrycount') ?? 0);

/** Who may call is decided by IAM. Of another service's request, sent here by mistake, nothing is exported. */
function requestOf({ body }: Request, service: string): ExportRequest | undefined {
  const request = body as Partial<ExportRequest> | undefined;
  const own = request?.version === 1 && request.export?.startsWith(`${service}/`) === true;
  return own ? (request as ExportRequest) : undefined;
}
