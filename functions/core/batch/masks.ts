import { createHmac } from 'node:crypto';
import type { Mask } from './config.ts';

/** Masks the text (or the bytes) of a value. What it answers may be a view into a buffer that the next call reuses. */
export type MaskBytes = (source: Uint8Array, start: number, end: number) => Uint8Array;

/** A mask that leaves a column there. */
export type ColumnMask = Exclude<Mask, { method: 'drop' }>;

/** A key of Secret Manager, by the number of its version. */
export interface MaskKey {
  readonly version: string;
  readonly key: Uint8Array;
}

/** The versioned token of a value: `v3:` and the HMAC-SHA-256 in base64url; of the stream's masks the same. */
export const hmacToken = ({ version, key }: MaskKey, value: Uint8Array): string =>
  `v${version}:${createHmac('sha256', key).update(value).digest('base64url')}`;

/** `key` is needed for an HMAC only. */
export function maskBytes(mask: ColumnMask, key: MaskKey | undefined): MaskBytes {
  switch (mask.method) {
    case 'hmac': {
      if (key === undefined) throw new Error('an HMAC needs a key');
      return (source, start, end) => Buffer.from(hmacToken(key, source.subarray(start, end)), 'latin1');
    }
    case 'redact': {
      const text = Buffer.from(mask.text);
      return () => text;
    }
    case 'truncate':
      return (source, start, end) => source.subarray(start, charactersFrom(source, start, end, mask.length));
    case 'keep_last':
      return (source, start, end) => keepLast(source, start, end, mask.length);
  }
}

/** Where the first so many characters of a UTF-8 text end. */
function charactersFrom(source: Uint8Array, start: number, end: number, characters: number): number {
  let at = start;
  let left = characters;
  while (at < end) {
    if (!isContinuation(source[at])) {
      if (left === 0) break;
      left -= 1;
    }
    at += 1;
  }
  return at;
}

/** As many stars as there are characters before the last ones; a text that is no longer than these is all stars. */
function keepLast(source: Uint8Array, start: number, end: number, characters: number): Uint8Array {
  let count = 0;
  for (let at = start; at < end; at += 1) if (!isContinuation(source[at])) count += 1;
  const stars = count > characters ? count - characters : count;
  const kept = charactersFrom(source, start, end, stars);
  return Buffer.concat([Buffer.alloc(stars, '*'), source.subarray(kept, end)]);
}

const isContinuation = (byte = 0) => (byte & 0xc0) === 0x80;

/** The explicit version of a secret's reference; undefined for `latest`, under which tokens could not be told apart. */
export function secretVersion(reference: string): string | undefined {
  const version = /\/versions\/([^/]+)$/.exec(reference)?.[1];
  return version !== undefined && /^[1-9][0-9]*$/.test(version) ? version : undefined;
}
