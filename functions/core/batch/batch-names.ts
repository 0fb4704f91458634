/** Names of the batch layer's objects, tables and tasks: derived, never random, so that a repetition finds its own. */
import { type Destination, destinationId, type ExportAddress, parseExportAddress } from './config.ts';
import { type Instant, parseCompactInstant } from './instant.ts';
import { type Interval, intervalName } from './interval.ts';

/** Below it an attempt writes its files in the exports bucket; ends with a slash. */
export function attemptPrefix(address: ExportAddress, interval: Pick<Interval, 'start'>, attempt: number): string {
  return `${intervalPrefix(address, interval)}attempt=${attempt}/`;
}

/** All attempts of an interval; ends with a slash. */
export const intervalPrefix = (address: ExportAddress, interval: Pick<Interval, 'start'>): string =>
  `${exportPrefix(address)}interval=${intervalName(interval)}/`;

/** All files of an export: `export=<service>.<export>/`. */
export const exportPrefix = (address: ExportAddress): string => `export=${address.replace('/', '.')}/`;

export const manifestName = 'manifest.json';

/** What a manifest's name in the exports bucket tells; undefined when it is no manifest's. */
export function parseManifestObject(
  name: string,
): { readonly address: ExportAddress; readonly start: Instant; readonly attempt: number } | undefined {
  const found = /^export=([a-z0-9-]+)\.([a-z0-9_-]+)\/interval=([^/]+)\/attempt=([1-9]\d*)\/manifest\.json$/.exec(name);
  const start = parseCompactInstant(found?.[3] ?? '');
  if (found?.[1] === undefined || found[2] === undefined || start === undefined) return undefined;
  return { address: `${found[1]}/${found[2]}`, start, attempt: Number(found[4]) };
}

/** The run's object in the state bucket. */
export const runObject = (address: ExportAddress, interval: Pick<Interval, 'start'>): string =>
  `${runPrefix(address)}${intervalName(interval)}.json`;

/** All runs of an export. */
export const runPrefix = (address: ExportAddress): string => `runs/${address}/`;

/** All runs of a service, a folder for each export. */
export const runsOfService = (service: string): string => `runs/${service}/`;

/** What a run object's name tells; undefined when it is no run's. */
export function parseRunObject(name: string): { readonly address: ExportAddress; readonly start: Instant } | undefined {
  const found = /^runs\/([^/]+\/[^/]+)\/([^/]+)\.json$/.exec(name);
  const address = parseExportAddress(found?.[1] ?? '');
  const start = parseCompactInstant(found?.[2] ?? '');
  return address && start ? { address: `${address.service}/${address.id}`, start } : undefined;
}

/** The object with the cursors of a service's exports in the state bucket. */
export const cursorObject = (service: string): string => `schedules/${service}.json`;

/**
 * What a task's id is made of. Whoever creates the task puts a hash of it in front, since ids with a common beginning
 * are slow: https://cloud.google.com/tasks/docs/reference/rest/v2/projects.locations.queues.tasks/create
 */
export const taskKey = (address: ExportAddress, interval: Pick<Interval, 'start'>, attempt: number): string =>
  `${address.replace('/', '-')}-${intervalName(interval)}-${attempt}`;

/** The table next to a destination that an attempt is loaded into before it is merged or copied. */
export const stagingTable = (table: string, interval: Pick<Interval, 'start'>, attempt: number): string =>
  `${table}__staging_${intervalName(interval).replaceAll('-', '')}_${attempt}`;

/**
 * What is known of a destination's loads, in the state bucket: one object where a load replaces the one before, one per
 * interval where each is added once.
 */
export function ledgerObject(
  destination: Destination,
  address: ExportAddress,
  interval: Pick<Interval, 'start'>,
): string {
  const table = `loads/${encodeURIComponent(destinationId(destination))}`;
  return destination.writeMode === 'append' ? `${table}/${address}/${interval.start}.json` : `${table}.json`;
}
