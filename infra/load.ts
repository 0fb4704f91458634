import { inPlatform } from './config/batch/in-platform.ts';
import { piiUsageProblems } from './config/pii-usage.ts';
import { ConfigurationError, sortProblems } from './config/problem.ts';
import { readPii } from './config/read-pii.ts';
import { readServices } from './config/read-services.ts';
import type { Declaration } from './declare.ts';
import { compileSchemas } from './schemas.ts';
import type { StackSettings } from './stack-settings.ts';

/**
 * Reads everything that users write and a deployment depends on: the services and schemas under `root`.
 * Throws a ConfigurationError with all problems of all files.
 */
export function loadDeclaration(root: string, settings: StackSettings): Omit<Declaration, 'bundle'> {
  const pii = readPii(root, settings.region);
  const { schemas, problems } = compileSchemas(root, pii.classes);
  const read = readServices(root, schemas, pii.classes);
  const unknown = piiUsageProblems(read.services, schemas, pii.classes);
  const all = [...problems, ...read.problems, ...pii.problems, ...unknown];
  if (schemas === undefined || all.length > 0) throw new ConfigurationError(sortProblems(all));
  return {
    settings,
    services: read.services,
    exports: inPlatform(read.exports, settings.project),
    schemas,
    piiClasses: pii.classes,
  };
}
