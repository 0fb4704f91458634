import type { IncomingHttpHeaders } from 'node:http';
import { invalid } from './api-error.ts';
import type { JsonObject } from './json.ts';

/** Checksums that a caller declares of what it uploads, in base64. */
export interface DeclaredHashes {
  readonly crc32c?: string;
  readonly md5?: string;
}

/** Reads them from an object resource. */
export function hashesOfResource(resource: JsonObject): DeclaredHashes {
  const { crc32c, md5Hash } = resource;
  return {
    ...(typeof crc32c === 'string' ? { crc32c } : {}),
    ...(typeof md5Hash === 'string' ? { md5: md5Hash } : {}),
  };
}

/** Reads them from the headers `x-goog-hash` (`crc32c=...,md5=...`) and `content-md5`. */
export function hashesOfHeaders(headers: IncomingHttpHeaders): DeclaredHashes {
  const found: { crc32c?: string; md5?: string } = {};
  const contentMd5 = headers['content-md5'];
  if (typeof contentMd5 === 'string') found.md5 = contentMd5;
  for (const entry of String(headers['x-goog-hash'] ?? '').split(',')) {
    const [, kind, value] = /^\s*(crc32c|md5)=(.+?)\s*$/.exec(entry) ?? [];
    if (kind === 'crc32c' && value) found.crc32c = value;
    if (kind === 'md5' && value) found.md5 = value;
  }
  return found;
}

/** Throws 400 unless what was written is what the caller declared. https://cloud.google.com/storage/docs/data-validation */
export function checkHashes(
  declared: DeclaredHashes,
  written: { readonly crc32c: string; readonly md5Hash: string },
): void {
  if (declared.crc32c !== undefined && declared.crc32c !== written.crc32c) {
    throw invalid(`Provided CRC32C "${declared.crc32c}" doesn't match calculated CRC32C "${written.crc32c}".`);
  }
  if (declared.md5 !== undefined && declared.md5 !== written.md5Hash) {
    throw invalid(`Provided MD5 hash "${declared.md5}" doesn't match calculated MD5 hash "${written.md5Hash}".`);
  }
}
