import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { Bucket } from '@google-cloud/storage';
import { readObject } from '../functions/clients/objects.ts';
import { parseCatalogue } from '../functions/core/catalogue.ts';
import { type RampAddress, registryObjects } from '../functions/core/names.ts';
import type { PublishedSchema } from '../functions/core/schema/compatibility.ts';
import { loadSchema } from '../functions/core/schema/descriptor-set.ts';
import { currentVersion, parseSchemaIndex } from '../functions/core/schema/schema-index.ts';
import type { Baseline, RampWithSchema } from '../infra/gate/baseline.ts';
import { UsageError } from './problems.ts';

/**
 * What is published in a registry bucket: the ramps, and the current version of each of their schemas. Writes the
 * descriptor sets into the folder `target`, for buf. Rejects with a UsageError when nothing was ever deployed there.
 */
export async function publishedBaseline(bucket: Bucket, target: string): Promise<Baseline> {
  const catalogue = await readObject(bucket, registryObjects.catalogue);
  if (catalogue === undefined) {
    throw new UsageError(
      `the bucket ${bucket.name} has no ${registryObjects.catalogue}: nothing is deployed there`,
      'Name the project that Onramp is deployed to, with --project.',
    );
  }
  const { ramps, piiClasses } = parseCatalogue(catalogue.toString('utf8'));
  const withSchema = Object.entries(ramps).flatMap(([address, { schema, warehouse: table }]) =>
    schema === undefined || table === undefined
      ? []
      : [[address as RampAddress, { schema: schema.name, table }] as const],
  );
  const schemas = new Map<string, PublishedSchema>();
  const inputs: string[] = [];
  for (const name of new Set(withSchema.map(([, { schema }]) => schema))) {
    const published = await readSchema(bucket, name, piiClasses);
    if (published === undefined) continue;
    schemas.set(name, published);
    const input = join(target, `${name}.binpb`);
    writeFileSync(input, withoutComments(published.descriptorSet));
    inputs.push(input);
  }
  return {
    label: `what is published in ${bucket.name}`,
    ramps: new Map<RampAddress, RampWithSchema>(withSchema.filter(([, { schema }]) => schemas.has(schema))),
    schema: name => schemas.get(name),
    inputs,
  };
}

type Classes = ReturnType<typeof parseCatalogue>['piiClasses'];

async function readSchema(bucket: Bucket, name: string, pii: Classes) {
  const index = await readObject(bucket, registryObjects.index(name));
  if (index === undefined) return undefined;
  const { pins, ...versions } = parseSchemaIndex(index.toString('utf8'));
  const version = currentVersion({ pins, ...versions });
  if (version === undefined) return undefined;
  const descriptorSet = await readObject(bucket, registryObjects.descriptorSet(name, version));
  return descriptorSet && { schema: loadSchema(descriptorSet, name, { pii }), pins, descriptorSet };
}

/** Published are comments without the places where they stand, which buf takes for broken. */
function withoutComments(descriptorSet: Uint8Array): Uint8Array {
  const set = fromBinary(FileDescriptorSetSchema, descriptorSet);
  for (const file of set.file) delete file.sourceCodeInfo;
  return toBinary(FileDescriptorSetSchema, set);
}
