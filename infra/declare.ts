import * as gcp from '@pulumi/gcp';
import type { ExportsCatalogue } from '../functions/core/batch/exports-catalogue.ts';
import type { PiiClasses } from '../functions/core/catalogue.ts';
import { attribute } from '../functions/core/envelope.ts';
import { datasets, subscriptions } from '../functions/core/names.ts';
import { hubStages, type StageId, stageIds } from '../functions/core/wiring.ts';
import { Batch } from './batch/batch.ts';
import type { Bundle } from './bundle.ts';
import { catalogueOf } from './catalogue.ts';
import type { Service } from './config/service.ts';
import { childOptions } from './context.ts';
import { functionImages } from './instance-billed.ts';
import { Observability } from './observability/observability.ts';
import { Platform } from './platform.ts';
import { taggedDatasets } from './policy-tags.ts';
import { PushSubscription } from './push-subscription.ts';
import { Ramp } from './ramp.ts';
import { Registry } from './registry.ts';
import type { CompiledSchemas } from './schemas.ts';
import type { StackSettings } from './stack-settings.ts';
import { Stage } from './stage.ts';
import { Warehouse } from './warehouse.ts';

export interface Declaration {
  readonly settings: StackSettings;
  readonly services: readonly Service[];
  /** The exports of the services, and the pools. */
  readonly exports: ExportsCatalogue;
  readonly schemas: CompiledSchemas;
  /** Undefined when no classes of personal data are configured. */
  readonly piiClasses: PiiClasses | undefined;
  readonly bundle: Bundle;
}

/** There is no function that has nothing to do: the one for logs comes with the first ramp that takes them. */
type Stages = Readonly<Record<Exclude<StageId, 'log-to-ramp'>, Stage> & Partial<Record<'log-to-ramp', Stage>>>;

/** Declares the whole stack, within a running Pulumi program. Answers with the stack's outputs. */
export function declareStack({ settings, services, exports, schemas, piiClasses, bundle }: Declaration) {
  const platform = new Platform('onramp', settings);
  const { context } = platform;
  const ramps = services.flatMap(service => service.ramps);
  new Registry('registry', { platform, catalogue: catalogueOf(services, piiClasses) });

  // Its name changes with its content, so that the new one can be there before the old one goes.
  const archive = new gcp.storage.BucketObject(
    'functions',
    { bucket: platform.buckets.source.name, name: `functions-${bundle.digest}.zip`, source: bundle.archive },
    { ...childOptions(platform, context), deleteBeforeReplace: false },
  );
  const ofServices = serviceWarehouses(services, platform);
  const tagged = taggedDatasets(services, schemas);
  const warehouses = {
    services: ofServices,
    tagged: ofServices.filter(({ id }) => tagged.has(id)),
    onramp: [onrampWarehouse(platform)],
  };
  const takesLogs = ramps.some(ramp => ramp.logs !== undefined);
  const declared = stageIds.filter(id => id !== 'log-to-ramp' || takesLogs);
  const images = functionImages(platform);
  const stages = Object.fromEntries(
    declared.map(id => [id, new Stage(id, { platform, archive, images, datasets: warehouses })]),
  ) as Stages;

  subscribeStages(platform, stages);
  for (const service of services) {
    for (const ramp of service.ramps) {
      new Ramp({ platform, stage: stages['ramp-to-hub'], logStage: stages['log-to-ramp'], service, ramp });
    }
  }
  const batch =
    exports.services.length > 0
      ? new Batch('batch', { platform, archive, exports, warehouses: [...ofServices, ...warehouses.onramp] })
      : undefined;
  new Observability(context, platform, batch);
  return { project: settings.project, region: settings.region, ramps: ramps.map(ramp => ramp.address) };
}

/** One dataset for each service of which a ramp has a schema. */
function serviceWarehouses(services: readonly Service[], platform: Platform): Warehouse[] {
  return services
    .filter(service => service.ramps.some(ramp => ramp.table !== undefined))
    .map(
      ({ id, readers }) =>
        new Warehouse(
          datasets.service(id),
          { context: platform.context, description: `Events of the service ${id}`, service: id, readers },
          platform,
        ),
    );
}

function onrampWarehouse(platform: Platform): Warehouse {
  const description = 'Onramp’s own tables: what happened to events';
  return new Warehouse(datasets.onramp, { context: platform.context, description, readers: [] }, platform);
}

/** The sinks that decode payloads: a message without schema is nothing to them, and is not even delivered. */
const decoding: readonly StageId[] = ['hub-to-structured-lake', 'hub-to-warehouse'];

/** What is replayed is for one stage alone; the raw lake has it already. */
function hubFilter(stage: StageId): string {
  const first = `NOT attributes:${attribute.replay}`;
  return decoding.includes(stage)
    ? `attributes:${attribute.schema} AND (${first} OR attributes.${attribute.replay} = "${stage}")`
    : first;
}

function subscribeStages(platform: Platform, stages: Stages): void {
  const { hub } = platform.topics;
  for (const id of hubStages) {
    const stage = stages[id];
    new PushSubscription(
      id,
      { platform, topic: hub, stage, source: 'hub', deadLetters: 'deadLetter', filter: hubFilter(id) },
      stage,
    );
  }
  new PushSubscription(
    subscriptions.deadLetter,
    {
      platform,
      topic: platform.topics.deadLetter,
      stage: stages['dead-letter'],
      source: 'dead-letter',
      deadLetters: 'deadLetterParked',
    },
    stages['dead-letter'],
  );
  new PushSubscription(
    subscriptions.schemaPublished,
    {
      platform,
      topic: platform.topics.schemaPublished,
      stage: stages['heal-dead-letters'],
      source: 'registry',
      deadLetters: 'deadLetterParked',
    },
    stages['heal-dead-letters'],
  );
}
