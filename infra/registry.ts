import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import type { Catalogue } from '../functions/core/catalogue.ts';
import { registryObjects } from '../functions/core/names.ts';
import { type Context, childOptions } from './context.ts';
import type { CompiledSchema } from './schemas.ts';

export interface RegistryArgs {
  readonly context: Context;
  readonly bucket: gcp.storage.Bucket;
  readonly catalogue: Catalogue;
  /** Those that ramps use. */
  readonly schemas: readonly CompiledSchema[];
  /** Folder for what is compiled: a binary asset can only come from a file. */
  readonly output: string;
}

/** What the stages read at run time: the catalogue of ramps and the descriptor sets. */
export class Registry extends pulumi.ComponentResource {
  constructor(name: string, { context, bucket, catalogue, schemas, output }: RegistryArgs, parent: pulumi.Resource) {
    super('onramp:infra:Registry', name, {}, { parent });
    const options = childOptions(this, context);
    const objects = schemas.map(compiled => {
      const path = registryObjects.descriptorSet(compiled.schema.name, compiled.schema.version);
      const source = new pulumi.asset.FileAsset(writeFile(join(output, path), compiled.descriptorSet));
      return new gcp.storage.BucketObject(
        path,
        { bucket: bucket.name, name: path, source, contentType: 'application/x-protobuf' },
        // Messages of an earlier version may still be under way, and lie in the lake for ever.
        { ...options, retainOnDelete: true },
      );
    });
    new gcp.storage.BucketObject(
      registryObjects.catalogue,
      {
        bucket: bucket.name,
        name: registryObjects.catalogue,
        source: new pulumi.asset.StringAsset(`${JSON.stringify(catalogue, undefined, 2)}\n`),
        contentType: 'application/json',
      },
      // No ramp may name a version that is not there yet. A new catalogue is written over the old one, which therefore
      // is not deleted first: without it every stage would fail for a moment.
      { ...options, dependsOn: [...options.dependsOn, ...objects], retainOnDelete: true },
    );
    this.registerOutputs({});
  }
}

/** Writes a file unless it is there already; answers with its path. */
function writeFile(path: string, content: Uint8Array): string {
  if (existsSync(path) && readFileSync(path).equals(content)) return path;
  mkdirSync(dirname(path), { recursive: true });
  // Renamed into place, so that nobody reads half a file.
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, content);
  renameSync(unfinished, path);
  return path;
}
