import { attemptPrefix, intervalPrefix, manifestName } from './batch-names.ts';
import type { Manifest } from './manifest.ts';
import { isPartObject } from './part-plan.ts';

/**
 * Those of an interval's objects that nobody will ever read, once this manifest is there: files of the attempt that it
 * does not list, which another execution of the attempt left when it was broken off; files of attempts before it that
 * ended without a manifest; and what all of these had written down of their parts.
 */
export function abandonedFiles(
  { export: address, interval, attempt, files }: Pick<Manifest, 'export' | 'interval' | 'attempt' | 'files'>,
  objects: readonly string[],
): string[] {
  const listed = new Set(files.map(({ name }) => name));
  const present = new Set(objects);
  const root = intervalPrefix(address, interval);
  return objects.filter(name => {
    const [, number, file = ''] = /^attempt=([1-9]\d*)\/([^/]+)$/.exec(name.slice(root.length)) ?? [];
    if (!name.startsWith(root) || listed.has(name)) return false;
    const of = Number(number);
    if (isPartObject(file)) return of <= attempt;
    if (!file.endsWith('.avro')) return false;
    return of === attempt || (of < attempt && !present.has(`${attemptPrefix(address, interval, of)}${manifestName}`));
  });
}
