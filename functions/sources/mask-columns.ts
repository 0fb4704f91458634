import type { PlannedColumn } from '../core/batch/column-plan.ts';
import type { ColumnWriter } from '../core/batch/column-writer.ts';
import { type ColumnMask, keyedMask, maskBytes, secretVersion } from '../core/batch/masks.ts';
import { createMasker, type Masker, maskingKey, minKeyBytes } from '../core/codec/masker.ts';
import { OnrampError } from '../core/errors.ts';
import type { SourceContext } from './source.ts';

/** The maskers of HMAC masks by their keys' references. */
export type MaskKeys = ReadonlyMap<string, Masker>;

/**
 * Fetches the keys of all masks, before a row is read. They are read as the stream reads its own, so that the same version
 * of the same secret gives the same tokens. Throws MASK_KEY_UNUSABLE.
 */
export async function maskKeys(columns: readonly PlannedColumn[], secret: SourceContext['secret']): Promise<MaskKeys> {
  const keys = new Map<string, Masker>();
  for (const { mask, name } of columns) {
    const reference = keyedMask(mask)?.key;
    if (reference === undefined || keys.has(reference)) continue;
    const version = secretVersion(reference);
    if (version === undefined)
      throw new OnrampError('MASK_KEY_UNUSABLE', `${reference} of column ${name} names no version`);
    const key = maskingKey(Buffer.from(await secret(reference)).toString());
    if (key.length < minKeyBytes)
      throw new OnrampError('MASK_KEY_UNUSABLE', `${reference} has fewer than ${minKeyBytes} bytes`);
    keys.set(reference, createMasker(Number(version), key));
  }
  return keys;
}

/** Writes a value masked, from its text or bytes. */
export function maskConvert(mask: ColumnMask, writer: ColumnWriter, keys: MaskKeys) {
  const bytes = writer.column.type === 'BYTES';
  const apply = maskBytes(mask, keys.get(keyedMask(mask)?.key ?? ''), bytes);
  return (source: Uint8Array, start: number, end: number): void => {
    const masked = apply(source, start, end);
    if (bytes) writer.bytes(masked, 0, masked.length);
    else writer.text(masked, 0, masked.length);
  };
}
