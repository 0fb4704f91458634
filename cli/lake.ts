import { type Container, openContainer } from '../functions/core/codec/avro-container.ts';
import { lakePrefix, lakeRecords, rampOfLakeObject } from '../functions/core/lake-path.ts';
import { buckets, parseRampAddress } from '../functions/core/names.ts';
import { didYouMean, listed } from '../infra/config/suggest.ts';
import type { Clients } from '../local/clients.ts';
import { UsageError } from './problems.ts';

/** The lakes by the names that a person gives them. */
export const lakeBuckets = {
  raw: buckets.rawLake,
  structured: buckets.structuredLake,
  'dead-letter': buckets.deadLetter,
} as const;

export type LakeName = keyof typeof lakeBuckets;

type Storage = Clients['storage'];

/** A file of a lake. */
export interface LakeFile {
  readonly name: string;
  readonly ramp: string;
  readonly bytes: number;
  /** Undefined where the file does not say. */
  readonly records: number | undefined;
  /** RFC 3339 */
  readonly written: string;
}

/** The files of a ramp, or of all, in the order of their names; of one date of processing when it is given. */
export async function lakeFiles(storage: Storage, bucket: string, ramp?: string, date?: string): Promise<LakeFile[]> {
  const prefix = ramp === undefined ? 'ramp=' : `${lakePrefix(ramp)}${date === undefined ? '' : `date=${date}/`}`;
  const [files] = await storage.bucket(bucket).getFiles({ prefix });
  return files
    .filter(({ name }) => date === undefined || name.includes(`/date=${date}/`))
    .map(({ name, metadata }) => {
      const records = metadata.metadata?.[lakeRecords];
      return {
        name,
        ramp: rampOfLakeObject(name) ?? '',
        bytes: Number(metadata.size),
        records: records === undefined ? undefined : Number(records),
        written: metadata.timeCreated ?? '',
      };
    });
}

/** Throws a UsageError for a text that is no ramp's address. */
export function checkRampAddress(text: string): void {
  if (parseRampAddress(text) !== undefined) return;
  throw new UsageError(`"${text}" is no ramp`, 'Write <service>/<ramp>, such as flights/departures.');
}

/**
 * The files that a person means: one object by its name or gs:// address, or all of a ramp. Throws a UsageError when
 * there are none, with those that are near.
 */
export async function filesMeant(storage: Storage, bucket: string, text: string): Promise<string[]> {
  const object = /^(?:gs:\/\/([^/]+)\/)?(ramp=.+)$/.exec(text);
  if (object?.[2] !== undefined) {
    if (object[1] !== undefined && object[1] !== bucket) {
      throw new UsageError(`${text} is not in the bucket ${bucket}`, 'Name the lake that the object is in.');
    }
    const [exists] = await storage.bucket(bucket).file(object[2]).exists();
    if (exists) return [object[2]];
    throw new UsageError(`there is no object ${object[2]} in ${bucket}`, 'See `onramp lake list` for what there is.');
  }
  checkRampAddress(text);
  const files = await lakeFiles(storage, bucket, text);
  if (files.length > 0) return files.map(({ name }) => name);
  const ramps = [...new Set((await lakeFiles(storage, bucket)).map(({ ramp }) => ramp))];
  const known = ramps.length === 0 ? 'It holds nothing yet.' : `It holds ${listed(ramps)}.`;
  throw new UsageError(
    `there is no file of the ramp "${text}" in ${bucket}`,
    didYouMean(text, ramps)?.replace(/^d/, 'D') ?? known,
  );
}

/** Files one by one, opened. Throws LAKE_FILE_CORRUPT, as reading their records does. */
export async function* openLakeFiles(
  storage: Storage,
  bucket: string,
  names: readonly string[],
): AsyncGenerator<Container, void, undefined> {
  for (const name of names) {
    const [bytes] = await storage.bucket(bucket).file(name).download();
    yield openContainer(bytes);
  }
}
