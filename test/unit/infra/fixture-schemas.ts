import { join } from 'node:path';
import { type CompiledSchemas, compileSchemas } from '../../../infra/schemas.ts';

/** The messages of the fixture next to this file. */
export function fixtureSchemas(): CompiledSchemas {
  const { schemas, problems } = compileSchemas(join(import.meta.dirname, 'fixture'));
  if (schemas === undefined)
    throw new Error(`the fixture does not compile: ${problems.map(({ what }) => what).join()}`);
  return schemas;
}
