/** Puts the functions of the batch layer together; the counterpart of `assemble` for those of the stream. */
import type { HttpFunction } from '@google-cloud/functions-framework';
import type { BatchEnvironment } from './batch-environment.ts';
import { type Tell, tellOn } from './clients/batch-events.ts';
import type { Documents } from './clients/documents.ts';
import type { BatchStageId } from './core/batch/batch-wiring.ts';
import { type DeployedExports, exportsCatalogueObject, parseExports } from './core/batch/exports-catalogue.ts';
import type { Stage } from './core/stage.ts';
import type { Log } from './log.ts';
import type { ExportAttempts } from './stages/export.ts';
import type { TickReport } from './stages/plan-runs.ts';

const now = () => new Date();

export const assembleBatchStage = (id: BatchStageId, environment: BatchEnvironment): Promise<Stage> =>
  makers[id](environment);

const makers: Readonly<Record<BatchStageId, (environment: BatchEnvironment) => Promise<Stage>>> = {
  async 'track-runs'(environment) {
    const [{ createTrackRuns }, { createRunStore }, documents, tell] = await Promise.all([
      import('./stages/track-runs.ts'),
      import('./clients/run-store.ts'),
      openState(environment),
      openEvents(environment),
    ]);
    return createTrackRuns({ runs: createRunStore(documents, now), tell, now });
  },
  async load(environment) {
    const [{ createLoadStage }, { createLoadDestination }, { createLoads }, { createDestinationLocks }] =
      await Promise.all([
        import('./stages/load.ts'),
        import('./stages/load-destination.ts'),
        import('./clients/loads.ts'),
        import('./clients/destination-lock.ts'),
      ]);
    const [{ createRunStore }, { createExportedFiles }, documents, catalogue, tell] = await Promise.all([
      import('./clients/run-store.ts'),
      import('./clients/exported-files.ts'),
      openState(environment),
      openCatalogue(environment),
      openEvents(environment),
    ]);
    const loads = await createLoads(environment.value('ONRAMP_PROJECT'));
    return createLoadStage({
      catalogue,
      exports: (await createExportedFiles())(environment.value('ONRAMP_EXPORTS_BUCKET')),
      runs: createRunStore(documents, now),
      locks: createDestinationLocks(documents),
      loadDestination: createLoadDestination({ loads, documents, now }),
      tell,
      now,
    });
  },
  async alert(environment) {
    const [{ createAlertStage }, { createAlertChannels, caughtLocally }, documents, catalogue] = await Promise.all([
      import('./stages/alert.ts'),
      import('./clients/alert-channels.ts'),
      openState(environment),
      openCatalogue(environment),
    ]);
    const channels = createAlertChannels({
      connection: async (service, id) =>
        (await catalogue()).services.find(candidate => candidate.id === service)?.connections[id],
      secret: reference => environment.secret(reference),
      ...caughtLocally(process.env['ONRAMP_ALERTS_EMULATOR_HOST']),
    });
    return createAlertStage({ catalogue, documents, channels });
  },
};

/** What a tick of the schedule does. */
export async function assemblePlanRuns(environment: BatchEnvironment): Promise<(now: Date) => Promise<TickReport>> {
  const [{ createPlanRuns }, { createRunStore }, { createTaskQueues }, documents, catalogue, tell] = await Promise.all([
    import('./stages/plan-runs.ts'),
    import('./clients/run-store.ts'),
    import('./clients/tasks.ts'),
    openState(environment),
    openCatalogue(environment),
    openEvents(environment),
  ]);
  const tasks = await createTaskQueues({
    project: environment.value('ONRAMP_PROJECT'),
    location: environment.value('ONRAMP_REGION'),
    account: environment.value('ONRAMP_TASKS_ACCOUNT'),
  });
  // Read once in a tick: of this catalogue are the addresses, too.
  let current: DeployedExports | undefined;
  return createPlanRuns({
    catalogue: async () => (current = await catalogue()),
    documents,
    runs: createRunStore(documents, now),
    tasks,
    exportUrl({ id }) {
      const url = current?.exportUrls?.[id];
      if (url === undefined) throw new Error(`the catalogue does not say where the exports of ${id} are made`);
      return url;
    },
    exportsBucket: environment.value('ONRAMP_EXPORTS_BUCKET'),
    tell,
  });
}

/** Makes one export. */
export async function assembleExport(
  environment: BatchEnvironment,
  log: Log,
  stopping: AbortSignal,
): Promise<ExportAttempts> {
  const [
    { createExport },
    { wantsAttempt },
    { createRunStore },
    { createNewObjects },
    { openSource },
    documents,
    publish,
  ] = await Promise.all([
    import('./stages/export.ts'),
    import('./core/batch/run.ts'),
    import('./clients/run-store.ts'),
    import('./clients/object-stream.ts'),
    import('./sources/open-source.ts'),
    openState(environment),
    openEvents(environment),
  ]);
  const runs = createRunStore(documents, now);
  const knownLate = new Set<string>();
  return createExport({
    openSource,
    openBucket: await createNewObjects(),
    publish,
    // Rejects, and does not throw, when the function was not given it.
    secret: async reference => Promise.resolve(Buffer.from(environment.secret(reference))),
    isWanted: async ({ export: address, interval, attempt }) =>
      wantsAttempt(await runs.read(address, interval.start), attempt),
    now,
    stopping,
    progress: ({ late, export: address, rows, secondsLeft }) => {
      // Once, and not every second.
      if (late && !knownLate.has(address))
        log.warning('an export will be late', { export: address, rows, secondsLeft });
      knownLate[late ? 'add' : 'delete'](address);
    },
  });
}

/** What people see and do in a browser. */
export async function assembleConsole(environment: BatchEnvironment, log: Log): Promise<HttpFunction> {
  const [{ createConsole }, { createOperations }, { createRunStore }, { createStorage }, documents, catalogue, tell] =
    await Promise.all([
      import('../console/console.ts'),
      import('./clients/operations.ts'),
      import('./clients/run-store.ts'),
      import('./clients/objects.ts'),
      openState(environment),
      openCatalogue(environment),
      openEvents(environment),
    ]);
  const name = environment.value('ONRAMP_EXPORTS_BUCKET');
  const exportsBucket = (await createStorage())(name);
  const runs = createRunStore(documents, now);
  return createConsole({
    catalogue,
    documents,
    runs,
    exportsBucket: { name, read: object => exportsBucket.read(object) },
    operations: createOperations({ catalogue, documents, runs, tell, now }),
    log,
    now,
  });
}

async function openState(environment: BatchEnvironment): Promise<Documents> {
  const { createDocuments } = await import('./clients/documents.ts');
  return (await createDocuments())(environment.value('ONRAMP_STATE_BUCKET'));
}

async function openEvents(environment: BatchEnvironment): Promise<Tell> {
  const { createPublisher } = await import('./clients/publisher.ts');
  const topic = await createPublisher(environment.value('ONRAMP_PROJECT'));
  return tellOn(topic(environment.value('ONRAMP_BATCH_EVENTS_TOPIC')));
}

/** Read anew each time: an export that was just deployed must not be unknown. */
async function openCatalogue(environment: BatchEnvironment): Promise<() => Promise<DeployedExports>> {
  const { createStorage } = await import('./clients/objects.ts');
  const registry = (await createStorage())(environment.value('ONRAMP_REGISTRY_BUCKET'));
  return async () => {
    const content = await registry.read(exportsCatalogueObject);
    if (content === undefined) throw new Error(`the registry has no ${exportsCatalogueObject}`);
    return parseExports(content.toString('utf8'));
  };
}
