import type { Masker } from '../codec/masker.ts';
import type { HmacMask, Mask } from './config.ts';
import type { ExportType } from './export-column.ts';

/** Masks the text (or the bytes) of a value. What it answers may be a view into a buffer that the next call reuses. */
export type MaskBytes = (source: Uint8Array, start: number, end: number) => Uint8Array;

/** A mask that leaves a column there. */
export type ColumnMask = Exclude<Mask, { method: 'drop' }>;

/** The mask that needs a key, which of a class may be for some types alone. */
export function keyedMask(mask: Mask | undefined): HmacMask | undefined {
  if (mask?.method === 'hmac') return mask;
  return mask?.method === 'truncate' ? mask.otherwise : undefined;
}

/**
 * The mask of a column by its type, or `day` where each time becomes that of its day's beginning. Only the mask of a class
 * depends on the type, as in the stream: a number's first digits are no milder secret than the number.
 */
export function maskOfType(mask: ColumnMask, type: ExportType, sourceType: string): ColumnMask | 'day' {
  if (mask.method !== 'truncate' || mask.otherwise === undefined) return mask;
  if (type === 'TIMESTAMP' || type === 'DATETIME') return 'day';
  const textual = type === 'BYTES' || (type === 'STRING' && !numeric.test(sourceType));
  return textual ? { method: 'truncate', length: mask.length } : mask.otherwise;
}

/** Decimals that only a STRING holds. */
const numeric = /^(?:pg_)?(?:numeric|decimal)/i;

/** What a reader of the column's description should know of its values. */
export function maskNote(mask: ColumnMask | 'day', bytes: boolean): string {
  if (mask === 'day') return 'Its day.';
  switch (mask.method) {
    case 'hmac':
      return 'Masked by HMAC.';
    case 'redact':
      return 'Redacted.';
    case 'truncate':
      return `The first ${counted(mask.length, bytes ? 'byte' : 'character')}.`;
    case 'keep_last':
      return `The last ${counted(mask.length, 'character')}.`;
  }
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** `masker` is needed for an HMAC only; `bytes` says that a value is no text. */
export function maskBytes(mask: ColumnMask, masker: Masker | undefined, bytes: boolean): MaskBytes {
  switch (mask.method) {
    case 'hmac': {
      if (masker === undefined) throw new Error('an HMAC needs a key');
      return (source, start, end) => Buffer.from(masker.hmac(source.subarray(start, end)), 'latin1');
    }
    case 'redact': {
      const text = Buffer.from(mask.text);
      return () => text;
    }
    case 'truncate':
      return bytes
        ? (source, start, end) => source.subarray(start, Math.min(end, start + mask.length))
        : (source, start, end) => source.subarray(start, charactersFrom(source, start, end, mask.length));
    case 'keep_last':
      return (source, start, end) => keepLast(source, start, end, mask.length);
  }
}

/** Where the first so many characters of a UTF-8 text end. */
function charactersFrom(source: Uint8Array, start: number, end: number, characters: number): number {
  let at = start;
  for (let left = characters; left > 0 && at < end; left -= 1) at = characterEnd(source, at, end);
  return at;
}

/** As many stars as there are characters before the last ones; a text that is no longer than these is all stars. */
function keepLast(source: Uint8Array, start: number, end: number, characters: number): Uint8Array {
  let count = 0;
  for (let at = start; at < end; at = characterEnd(source, at, end)) count += 1;
  const stars = count > characters ? count - characters : count;
  const kept = charactersFrom(source, start, end, stars);
  return Buffer.concat([Buffer.alloc(stars, '*'), source.subarray(kept, end)]);
}

/** Where a character ends. What is no UTF-8 counts byte by byte: otherwise any number of bytes could follow as one. */
function characterEnd(source: Uint8Array, start: number, end: number): number {
  const lead = source[start] ?? 0;
  const most = Math.min(end, start + (lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4));
  let at = start + 1;
  while (at < most && isContinuation(source[at])) at += 1;
  return at;
}

const isContinuation = (byte = 0) => (byte & 0xc0) === 0x80;

/** The explicit version of a secret's reference; undefined for `latest`, under which tokens could not be told apart. */
export function secretVersion(reference: string): string | undefined {
  const version = /\/versions\/([^/]+)$/.exec(reference)?.[1];
  return version !== undefined && /^[1-9][0-9]*$/.test(version) ? version : undefined;
}
