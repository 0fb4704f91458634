import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import type { Catalogue } from '../functions/core/catalogue.ts';
import { registryObjects, topics } from '../functions/core/names.ts';
import { childOptions } from './context.ts';
import { grants, makeGrant } from './grants.ts';
import type { Platform } from './platform.ts';

export interface RegistryArgs {
  readonly platform: Platform;
  readonly catalogue: Catalogue;
}

/**
 * What the stages read at run time. The catalogue of ramps is written here; the schemas are data, which
 * `onramp schema publish` writes, and of whose changes Cloud Storage tells the topic `schema-published`.
 */
export class Registry extends pulumi.ComponentResource {
  constructor(name: string, { platform, catalogue }: RegistryArgs) {
    super('onramp:infra:Registry', name, {}, { parent: platform });
    const { context } = platform;
    const options = childOptions(this, context);
    const bucket = platform.buckets.registry;
    new gcp.storage.BucketObject(
      registryObjects.catalogue,
      {
        bucket: bucket.name,
        name: registryObjects.catalogue,
        source: new pulumi.asset.StringAsset(`${JSON.stringify(catalogue, undefined, 2)}\n`),
        contentType: 'application/json',
      },
      // A new catalogue is written over the old one, which therefore is not deleted first: without it every stage would
      // fail for a moment.
      { ...options, retainOnDelete: true },
    );

    const topic = platform.topics.schemaPublished;
    // Asking for it makes it; before that nothing could be granted to it.
    const { member } = gcp.storage.getProjectServiceAccountOutput(
      { project: context.project },
      { parent: this, dependsOn: [...context.apis] },
    );
    const notified = { name: topics.schemaPublished, resource: topic };
    const grant = makeGrant(grants.tellOfSchemas, { name: 'storage', member }, notified, options);
    new gcp.storage.Notification(
      topics.schemaPublished,
      {
        bucket: bucket.name,
        topic: topic.id,
        payloadFormat: 'NONE',
        eventTypes: ['OBJECT_FINALIZE'],
        objectNamePrefix: registryObjects.schemas,
      },
      // Cloud Storage refuses to tell a topic on which it may not publish.
      { ...options, dependsOn: [...options.dependsOn, grant] },
    );
    this.registerOutputs({});
  }
}
