import { join } from 'node:path';
import { ConfigurationError } from './config/problem.ts';
import { readServices } from './config/read-services.ts';
import type { Declaration } from './declare.ts';
import { compileSchemas } from './schemas.ts';
import type { StackSettings } from './stack-settings.ts';

/**
 * Reads everything that users write and a deployment depends on: the services and schemas under `root`. What is compiled
 * goes to `<root>/dist`.
 * Throws a ConfigurationError with all problems of all files.
 */
export function loadDeclaration(root: string, settings: StackSettings): Omit<Declaration, 'bundle'> {
  const { schemas, problems } = compileSchemas(root);
  const read = readServices(root, schemas);
  if (schemas === undefined || read.problems.length > 0) throw new ConfigurationError([...problems, ...read.problems]);
  return {
    settings,
    services: read.services,
    schemas,
    output: join(root, 'dist'),
  };
}
