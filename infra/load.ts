import { join } from 'node:path';
import { bundleFunctions } from './bundle.ts';
import { ConfigurationError } from './config/problem.ts';
import { readServices } from './config/read-services.ts';
import type { Declaration } from './declare.ts';
import { compileSchemas } from './schemas.ts';
import type { StackSettings } from './stack-settings.ts';

/** The folder of this repository, which holds the functions' code. */
const repository = join(import.meta.dirname, '..');

/**
 * Reads everything that a deployment depends on: the services and schemas under `root`, and the functions' code.
 * Throws a ConfigurationError with all problems of all files.
 */
export function loadDeclaration(root: string, settings: StackSettings): Declaration {
  const { schemas, problems } = compileSchemas(root);
  const read = readServices(root, schemas);
  if (schemas === undefined || read.problems.length > 0) throw new ConfigurationError([...problems, ...read.problems]);
  return {
    settings,
    services: read.services,
    schemas,
    bundle: bundleFunctions(repository),
    output: join(root, 'dist'),
  };
}
