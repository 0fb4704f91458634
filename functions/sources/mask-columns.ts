import type { PlannedColumn } from '../core/batch/column-plan.ts';
import type { ColumnWriter } from '../core/batch/column-writer.ts';
import { type ColumnMask, type MaskKey, maskBytes, secretVersion } from '../core/batch/masks.ts';
import { OnrampError } from '../core/errors.ts';
import type { SourceContext } from './source.ts';

/** The keys of HMAC masks by their references. */
export type MaskKeys = ReadonlyMap<string, MaskKey>;

/** Fetches the keys of all masks, before a row is read. Throws MASK_KEY_UNUSABLE. */
export async function maskKeys(columns: readonly PlannedColumn[], secret: SourceContext['secret']): Promise<MaskKeys> {
  const keys = new Map<string, MaskKey>();
  for (const { mask, name } of columns) {
    if (mask?.method !== 'hmac' || keys.has(mask.key)) continue;
    const version = secretVersion(mask.key);
    if (version === undefined)
      throw new OnrampError('MASK_KEY_UNUSABLE', `${mask.key} of column ${name} names no version`);
    const key = await secret(mask.key);
    if (key.length < 16) throw new OnrampError('MASK_KEY_UNUSABLE', `${mask.key} has fewer than 16 bytes`);
    keys.set(mask.key, { version, key });
  }
  return keys;
}

/** Writes a value masked, from its text or bytes. */
export function maskConvert(mask: ColumnMask, writer: ColumnWriter, keys: MaskKeys) {
  const apply = maskBytes(mask, mask.method === 'hmac' ? keys.get(mask.key) : undefined);
  return (bytes: Uint8Array, start: number, end: number): void => {
    const masked = apply(bytes, start, end);
    if (writer.column.type === 'BYTES') writer.bytes(masked, 0, masked.length);
    else writer.text(masked, 0, masked.length);
  };
}
