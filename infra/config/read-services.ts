import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExportsCatalogue } from '../../functions/core/batch/exports-catalogue.ts';
import type { PiiClasses } from '../../functions/core/catalogue.ts';
import type { CompiledSchemas } from '../schemas.ts';
import { readBatch } from './batch/read-batch.ts';
import { type Problem, sortProblems } from './problem.ts';
import type { Service } from './service.ts';
import { type ServiceFile, validateServices } from './validate-services.ts';

/**
 * Reads `services/<service>/service.yaml` of every folder under `services/`, in alphabetical order, and the schedules,
 * connections, exports and pools of those that have any.
 * Answers with either all services or the whole list of what is wrong. `schemas` is what `compileSchemas` made; without
 * it, what refers to schemas is not checked. `classes` are those of `services/pii.yaml`, where there is one.
 */
export function readServices(
  root: string,
  schemas: CompiledSchemas | undefined,
  classes?: PiiClasses,
): {
  readonly services: readonly Service[];
  readonly exports: ExportsCatalogue;
  readonly problems: readonly Problem[];
} {
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
  const { services, problems } = validateServices(files, schemas);
  const facts = files.map(({ service }) => {
    const known = services.find(({ id }) => id === service);
    return { service, owner: known?.owner, project: known?.project };
  });
  const batch = readBatch(root, facts, classes);
  const all = sortProblems([...problems, ...batch.problems]);
  const exports: ExportsCatalogue = { version: 1, pools: batch.pools, services: all.length > 0 ? [] : batch.services };
  return { services: all.length > 0 ? [] : services, exports, problems: all };
}
