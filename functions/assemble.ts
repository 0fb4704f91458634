/**
 * Puts each stage together from its environment: the one place that knows which stage needs which client. Stages and
 * clients are imported only here and only when asked for, so that no function loads what it does not use.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Objects } from './clients/objects.ts';
import type { Publish } from './clients/publisher.ts';
import { logMessages } from './core/log-messages.ts';
import type { Stage } from './core/stage.ts';
import type { StageId } from './core/wiring.ts';
import type { Environment } from './environment.ts';
import type { Log } from './log.ts';
import type { OnRecovered } from './stages/table-writer.ts';

/** The stage itself, and where its dead letters go. */
export interface Assembly {
  readonly stage: Stage;
  readonly publishDeadLetters: Publish;
  readonly overflow: Objects;
}

export async function assemble(environment: Environment, log: Log): Promise<Assembly> {
  const project = environment.value('ONRAMP_PROJECT');
  const bucket = await openBuckets();
  const overflow = bucket(environment.value('ONRAMP_OVERFLOW_BUCKET'));
  const stage = await makers[environment.stage]({ environment, log, project, bucket, overflow });
  // Most instances never see a dead letter.
  const publishDeadLetters = openedLate(project, environment.value('ONRAMP_DEAD_LETTER_TOPIC'));
  return { stage, overflow, publishDeadLetters };
}

interface Parts {
  readonly environment: Environment;
  readonly log: Log;
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
    return createHubToStructuredLake({ ...(await openDecoding(parts)), lake, now });
  },
  async 'hub-to-warehouse'(parts) {
    const { createHubToWarehouse } = await import('./stages/hub-to-warehouse.ts');
    const { project } = parts;
    return createHubToWarehouse({
      ...(await openDecoding(parts)),
      project,
      ...(await openWarehouse(project)),
      onRecovered: logRecoveries(parts.log),
      now,
    });
  },
  async 'dead-letter'(parts) {
    const { createDeadLetterStage } = await import('./stages/dead-letter.ts');
    const { project, overflow } = parts;
    const lake = parts.bucket(parts.environment.value('ONRAMP_DEAD_LETTER_BUCKET'));
    const requestHeal = openedLate(project, parts.environment.value('ONRAMP_SCHEMA_PUBLISHED_TOPIC'));
    return createDeadLetterStage({ project, lake, overflow, requestHeal, ...(await openWarehouse(project)), now });
  },
  async 'log-to-ramp'(parts) {
    const { createLogToRamp } = await import('./stages/log-to-ramp.ts');
    const { createPublisher } = await import('./clients/publisher.ts');
    return createLogToRamp({ publisher: await createPublisher(parts.project), registry: await openRegistry(parts) });
  },
  async 'heal-dead-letters'(parts) {
    const { createHealDeadLetters } = await import('./stages/heal-dead-letters.ts');
    const { project, overflow, bucket, environment } = parts;
    return createHealDeadLetters({
      project,
      overflow,
      registry: bucket(environment.value('ONRAMP_REGISTRY_BUCKET')),
      waiting: bucket(environment.value('ONRAMP_DEAD_LETTER_BUCKET')),
      publish: await openTopic(project, environment.value('ONRAMP_HUB_TOPIC')),
      ...(await openWarehouse(project)),
      now,
      sleep,
    });
  },
};

async function openTopic(project: string, topic: string): Promise<Publish> {
  const { createPublisher } = await import('./clients/publisher.ts');
  return (await createPublisher(project))(topic);
}

/** Opens the topic with the first message: Pub/Sub's client takes long to load. */
function openedLate(project: string, topic: string): Publish {
  let publish: Promise<Publish> | undefined;
  return async messages => {
    publish ??= openTopic(project, topic);
    return (await publish)(messages);
  };
}

async function openBuckets() {
  const { createStorage } = await import('./clients/objects.ts');
  return createStorage();
}

async function openRegistry({ bucket, environment }: Parts) {
  const { createRegistry } = await import('./clients/registry.ts');
  return createRegistry(bucket(environment.value('ONRAMP_REGISTRY_BUCKET')));
}

/** What the stages need that decode payloads. */
async function openDecoding(parts: Parts) {
  const { overflow, environment } = parts;
  return { overflow, registry: await openRegistry(parts), masker: environment.masker };
}

async function openWarehouse(project: string) {
  const [{ createTables }, { createAppenders }] = await Promise.all([
    import('./clients/tables.ts'),
    import('./clients/appender.ts'),
  ]);
  const [tables, openAppender] = await Promise.all([createTables(project), createAppenders()]);
  return { tables, openAppender };
}

const logRecoveries =
  (log: Log): OnRecovered =>
  ({ dataset, table }, recoveries, count) => {
    for (const { path, column, existing, wanted } of recoveries) {
      const facts = { count, table: `${dataset}.${table}`, column: path, recovery: column, existing, wanted };
      log.warning(logMessages.recovered, facts);
    }
  };
