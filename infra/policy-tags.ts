import { datasets } from '../functions/core/names.ts';
import type { Service } from './config/service.ts';
import type { CompiledSchemas } from './schemas.ts';

/** The datasets with a table of which a column has a policy tag. */
export function taggedDatasets(services: readonly Service[], schemas: CompiledSchemas): ReadonlySet<string> {
  const isTagged = (schema: string | undefined) =>
    schema !== undefined && hasPolicyTag(schemas.get(schema)?.schema.columns ?? []);
  const tagged = services.filter(service => service.ramps.some(ramp => isTagged(ramp.schema)));
  return new Set(tagged.map(service => datasets.service(service.id)));
}

interface Taggable {
  readonly policyTag?: string;
  readonly fields?: readonly Taggable[];
}

const hasPolicyTag = (columns: readonly Taggable[]): boolean =>
  columns.some(({ policyTag, fields }) => policyTag !== undefined || hasPolicyTag(fields ?? []));
