import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PiiClasses } from '../../../functions/core/catalogue.ts';
import { sortProblems } from '../problem.ts';
import { type BatchConfiguration, type BatchFiles, type ReadFile, validateBatch } from './validate-batch.ts';

/** What is known of a service besides its batch files. */
export type ServiceFacts = Pick<BatchFiles, 'service' | 'owner' | 'project'>;

/**
 * Reads `schedule.yaml`, `connections.yaml` and `exports/*.yaml` of the services, and what they share: `connections.yaml`
 * and `pools.ini` under `services/`. Services without any of these have no part in the batch layer. `classes` are those
 * of `services/pii.yaml`, where there is one.
 */
export function readBatch(
  root: string,
  services: readonly ServiceFacts[],
  classes: PiiClasses | undefined,
): BatchConfiguration {
  const read = (file: string): ReadFile | undefined =>
    existsSync(join(root, file)) ? { file, text: readFileSync(join(root, file), 'utf8') } : undefined;
  const misnamed: string[] = [];
  const files = services.map(({ service, owner, project }): BatchFiles => {
    const folder = `services/${service}`;
    const exportsFolder = join(root, folder, 'exports');
    const names = existsSync(exportsFolder) ? readdirSync(exportsFolder).toSorted() : [];
    misnamed.push(...names.filter(name => name.endsWith('.yml')).map(name => `${folder}/exports/${name}`));
    return {
      service,
      owner,
      project,
      schedule: read(`${folder}/schedule.yaml`),
      connections: read(`${folder}/connections.yaml`),
      exports: names
        .filter(name => name.endsWith('.yaml'))
        .flatMap(name => {
          const found = read(`${folder}/exports/${name}`);
          return found === undefined ? [] : [{ ...found, id: name.slice(0, -'.yaml'.length) }];
        }),
    };
  });
  const batch = validateBatch(files, read('services/connections.yaml'), read('services/pools.ini'), classes);
  if (misnamed.length === 0) return { ...batch, problems: sortProblems(batch.problems) };
  const what = 'a file with this ending is not read';
  const unread = misnamed.map(file => ({ file, line: 1, column: 1, what, mend: 'rename it to .yaml' }));
  return { services: [], pools: [], problems: sortProblems([...batch.problems, ...unread]) };
}
