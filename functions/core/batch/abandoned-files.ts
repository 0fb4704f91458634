import { attemptPrefix, intervalPrefix, manifestName } from './batch-names.ts';
import type { Manifest } from './manifest.ts';

/**
 * Those of an interval's objects that nobody will ever read, once this manifest is there: files of the attempt that it
 * does not list, which another execution of the attempt left when it was broken off; and files of attempts before it that
 * ended without a manifest.
 */
export function abandonedFiles(
  { export: address, interval, attempt, files }: Pick<Manifest, 'export' | 'interval' | 'attempt' | 'files'>,
  objects: readonly string[],
): string[] {
  const listed = new Set(files.map(({ name }) => name));
  const present = new Set(objects);
  const root = intervalPrefix(address, interval);
  return objects.filter(name => {
    const of = Number(/^attempt=([1-9]\d*)\/[^/]+\.avro$/.exec(name.slice(root.length))?.[1]);
    if (!name.startsWith(root) || listed.has(name)) return false;
    return of === attempt || (of < attempt && !present.has(`${attemptPrefix(address, interval, of)}${manifestName}`));
  });
}
