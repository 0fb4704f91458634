import type { Column } from './column.ts';
import type { Masking } from './masking.ts';

/** What a field's type alone says of its column. */
export type ValueColumn = Pick<
  Column,
  'type' | 'conversion' | 'fields' | 'protoType' | 'pii' | 'mask' | 'truncate' | 'policyTag'
> & {
  /** What a reader of the column's description should know of its values. */
  readonly note?: string;
};

/**
 * The column of a value that is masked. What cannot be truncated is masked by HMAC: a number's first digits are no
 * milder secret, and what says no length would be kept whole.
 */
export function maskedColumn(value: ValueColumn, masking: Masking): ValueColumn | 'dropped' {
  const { mask, pii, policyTag } = masking;
  const facts = {
    ...(pii === undefined ? {} : { pii }),
    ...(policyTag === undefined ? {} : { policyTag }),
  };
  if (mask === undefined || mask === 'none') return { ...value, ...facts };
  if (mask === 'drop') return 'dropped';
  const truncated = mask === 'truncate' ? truncatedColumn(value, masking.truncate) : undefined;
  if (truncated !== undefined) return { ...truncated, ...facts };
  const { protoType } = value;
  return {
    type: 'STRING',
    conversion: 'hmac',
    ...(protoType === undefined ? {} : { protoType }),
    mask: 'hmac',
    note: 'Masked by HMAC.',
    ...facts,
  };
}

function truncatedColumn(value: ValueColumn, truncate: number | undefined): ValueColumn | undefined {
  const noted = (note: string) => ({ ...value, mask: 'truncate', note }) as const;
  if (value.type === 'TIMESTAMP') return noted('Its day.');
  if (truncate === undefined) return undefined;
  if (value.conversion === 'string') return { ...noted(`The first ${counted(truncate, 'character')}.`), truncate };
  if (value.conversion === 'bytes') return { ...noted(`The first ${counted(truncate, 'byte')}.`), truncate };
  return undefined;
}

const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
