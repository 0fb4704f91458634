/**
 * Puts each stage together from its environment: the one place that knows which stage needs which client. Stages and
 * clients are imported only here and only when asked for, so that no function loads what it does not use.
 */
import type { Objects } from './clients/objects.ts';
import type { Publish } from './clients/publisher.ts';
import type { Stage } from './core/stage.ts';
import type { StageId } from './core/wiring.ts';
import type { Environment } from './environment.ts';

/** The stage itself, and where its dead letters go. */
export interface Assembly {
  readonly stage: Stage;
  readonly publishDeadLetters: Publish;
  readonly overflow: Objects;
}

export async function assemble(environment: Environment): Promise<Assembly> {
  const project = environment.value('ONRAMP_PROJECT');
  const bucket = await openBuckets();
  const overflow = bucket(environment.value('ONRAMP_OVERFLOW_BUCKET'));
  const stage = await makers[environment.stage]({ environment, project, bucket, overflow });
  // Opened with the first dead letter: most instances never see one, and Pub/Sub's client takes long to load.
  let publish: Promise<Publish> | undefined;
  const publishDeadLetters: Publish = async letters => {
    publish ??= openTopic(project, environment.value('ONRAMP_DEAD_LETTER_TOPIC'));
    return (await publish)(letters);
  };
  return { stage, overflow, publishDeadLetters };
}

interface Parts {
  readonly environment: Environment;
  readonly project: string;
  readonly bucket: Awaited<ReturnType<typeof openBuckets>>;
  readonly overflow: Objects;
}

const now = () => new Date();

const makers: Readonly<Record<StageId, (parts: Parts) => Promise<Stage>>> = {
  async 'ramp-to-hub'(parts) {
    const { createRampToHub } = await import('./stages/ramp-to-hub.ts');
    const publish = await openTopic(parts.project, parts.environment.value('ONRAMP_HUB_TOPIC'));
    return createRampToHub({ publish, overflow: parts.overflow, registry: await openRegistry(parts) });
  },
  async 'hub-to-raw-lake'(parts) {
    const { createHubToRawLake } = await import('./stages/hub-to-raw-lake.ts');
    const lake = parts.bucket(parts.environment.value('ONRAMP_RAW_LAKE_BUCKET'));
    return createHubToRawLake({ lake, overflow: parts.overflow, now });
  },
  async 'hub-to-structured-lake'(parts) {
    const { createHubToStructuredLake } = await import('./stages/hub-to-structured-lake.ts');
    const lake = parts.bucket(parts.environment.value('ONRAMP_STRUCTURED_LAKE_BUCKET'));
    return createHubToStructuredLake({ lake, overflow: parts.overflow, registry: await openRegistry(parts), now });
  },
  async 'hub-to-warehouse'(parts) {
    const { createHubToWarehouse } = await import('./stages/hub-to-warehouse.ts');
    const { project, overflow } = parts;
    return createHubToWarehouse({
      project,
      overflow,
      registry: await openRegistry(parts),
      ...(await openWarehouse(project)),
      now,
    });
  },
  async 'dead-letter'(parts) {
    const { createDeadLetterStage } = await import('./stages/dead-letter.ts');
    const { project, overflow } = parts;
    const lake = parts.bucket(parts.environment.value('ONRAMP_DEAD_LETTER_BUCKET'));
    return createDeadLetterStage({ project, lake, overflow, ...(await openWarehouse(project)), now });
  },
  async 'log-to-ramp'(parts) {
    const { createLogToRamp } = await import('./stages/log-to-ramp.ts');
    const { createPublisher } = await import('./clients/publisher.ts');
    return createLogToRamp({ publisher: await createPublisher(parts.project), registry: await openRegistry(parts) });
  },
};

async function openTopic(project: string, topic: string): Promise<Publish> {
  const { createPublisher } = await import('./clients/publisher.ts');
  return (await createPublisher(project))(topic);
}

async function openBuckets() {
  const { createStorage } = await import('./clients/objects.ts');
  return createStorage();
}

async function openRegistry({ bucket, environment }: Parts) {
  const { createRegistry } = await import('./clients/registry.ts');
  return createRegistry(bucket(environment.value('ONRAMP_REGISTRY_BUCKET')));
}

async function openWarehouse(project: string) {
  const [{ createTables }, { createAppenders }] = await Promise.all([
    import('./clients/tables.ts'),
    import('./clients/appender.ts'),
  ]);
  const [tables, openAppender] = await Promise.all([createTables(project), createAppenders()]);
  return { tables, openAppender };
}
