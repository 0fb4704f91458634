import type { ObjectSettings } from './object-settings.ts';

/** One version of an object, as it is kept. Times are RFC 3339 in UTC, with milliseconds. */
export interface ObjectRecord {
  readonly bucket: string;
  readonly name: string;
  readonly generation: number;
  readonly metageneration: number;
  readonly size: number;
  /** Base64. */
  readonly crc32c: string;
  /** Base64; a composed object has none. */
  readonly md5Hash?: string;
  /** Number of parts that it was composed of. */
  readonly componentCount?: number;
  readonly storageClass: string;
  readonly timeCreated: string;
  readonly updated: string;
  /** When a later version took its place; the live version has none. */
  readonly timeDeleted?: string;
  readonly settings: ObjectSettings;
  /** Id of the file that holds its bytes. */
  readonly content: string;
}

/** Changes whenever the version or its metadata do. */
export const objectEtag = (record: ObjectRecord) =>
  Buffer.from(`${record.generation}/${record.metageneration}`).toString('base64');

/** Where the product's own resources link to; links in answers name the stand-in instead. */
export const productOrigin = 'https://www.googleapis.com';

/**
 * The resource of the JSON API. `origin` is what its links start with.
 * https://cloud.google.com/storage/docs/json_api/v1/objects#resource
 */
export function objectResource(record: ObjectRecord, origin: string): Record<string, unknown> {
  const path = `storage/v1/b/${record.bucket}/o/${encodeURIComponent(record.name)}`;
  return {
    kind: 'storage#object',
    id: `${record.bucket}/${record.name}/${record.generation}`,
    selfLink: `${origin}/${path}`,
    mediaLink: `${origin}/download/${path}?generation=${record.generation}&alt=media`,
    name: record.name,
    bucket: record.bucket,
    generation: String(record.generation),
    metageneration: String(record.metageneration),
    ...record.settings,
    storageClass: record.storageClass,
    size: String(record.size),
    ...(record.md5Hash === undefined ? {} : { md5Hash: record.md5Hash }),
    crc32c: record.crc32c,
    ...(record.componentCount === undefined ? {} : { componentCount: record.componentCount }),
    etag: objectEtag(record),
    timeCreated: record.timeCreated,
    updated: record.updated,
    timeStorageClassUpdated: record.timeCreated,
    timeFinalized: record.timeCreated,
    ...(record.timeDeleted === undefined ? {} : { timeDeleted: record.timeDeleted }),
  };
}
