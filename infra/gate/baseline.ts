import type { CatalogueTable } from '../../functions/core/catalogue.ts';
import { OnrampError } from '../../functions/core/errors.ts';
import type { RampAddress } from '../../functions/core/names.ts';
import type { PublishedSchema } from '../../functions/core/schema/compatibility.ts';
import { pinsWith } from '../../functions/core/schema/pins.ts';
import type { Problem } from '../config/problem.ts';
import { readPii } from '../config/read-pii.ts';
import { readServices } from '../config/read-services.ts';
import { type CompiledSchemas, compileSchemas } from '../schemas.ts';

/** What the schemas are compared with: those of another commit, or those that are published. */
export interface Baseline {
  /** In words, such as `commit 1a2b3c4`. */
  readonly label: string;
  /** The ramps that have a schema. */
  readonly ramps: ReadonlyMap<RampAddress, RampWithSchema>;
  /** A schema by its full name; undefined when there was none. */
  schema(name: string): PublishedSchema | undefined;
  /** What buf can compare with: folders with a `buf.yaml`, or files with a descriptor set. */
  readonly inputs: readonly string[];
}

export interface RampWithSchema {
  /** Full name of the message. */
  readonly schema: string;
  readonly table: CatalogueTable;
}

/** The services and schemas under a folder, as they would be had they just been published for the first time. */
export function baselineOfFolder(
  root: string,
  label: string,
): { readonly baseline?: Baseline; readonly problems: readonly Problem[] } {
  const { classes } = readPii(root);
  const { schemas, problems } = compileSchemas(root, classes);
  if (schemas === undefined) return { problems };
  const read = readServices(root, schemas, classes);
  if (read.problems.length > 0) return { problems: read.problems };
  const baseline: Baseline = {
    label,
    ramps: rampsWithSchema(read.services),
    schema(name) {
      const schema = schemaOf(schemas, name);
      return schema && { schema, pins: pinsWith({}, schema.columns) };
    },
    inputs: schemas.names.length === 0 ? [] : [root],
  };
  return { baseline, problems: [] };
}

/** The ramps of services that have a schema, and so a table. */
export const rampsWithSchema = (
  services: ReturnType<typeof readServices>['services'],
): ReadonlyMap<RampAddress, RampWithSchema> =>
  new Map(
    services
      .flatMap(({ ramps }) => ramps)
      .flatMap(({ address, schema, table }) =>
        schema === undefined || table === undefined ? [] : [[address, { schema, table }] as const],
      ),
  );

/** The schema of that name; undefined when there is none, or none that could have a table. */
function schemaOf(schemas: CompiledSchemas, name: string) {
  try {
    return schemas.get(name)?.schema;
  } catch (error) {
    if (error instanceof OnrampError) return undefined;
    throw error;
  }
}
