import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CompiledSchemas } from '../schemas.ts';
import type { Problem } from './problem.ts';
import type { Service } from './service.ts';
import { type ServiceFile, validateServices } from './validate-services.ts';

/**
 * Reads `services/<service>/service.yaml` of every folder under `services/`, in alphabetical order.
 * Answers with either all services or the whole list of what is wrong. `schemas` is what `compileSchemas` made; without
 * it, what refers to schemas is not checked.
 */
export function readServices(
  root: string,
  schemas: CompiledSchemas | undefined,
): { readonly services: readonly Service[]; readonly problems: readonly Problem[] } {
  const folder = join(root, 'services');
  const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  const files = entries
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name)
    .toSorted()
    .map((service): ServiceFile => {
      const path = join(folder, service, 'service.yaml');
      return {
        service,
        file: `services/${service}/service.yaml`,
        text: existsSync(path) ? readFileSync(path, 'utf8') : undefined,
      };
    });
  return validateServices(files, schemas);
}
