import type { Column } from '../schema/column.ts';
import type { Value } from './row.ts';

const microsPerDay = 86_400_000_000n;

/** Cuts the values of a conversion to what a truncated column keeps: first characters, first bytes or the day. */
export function truncating(convert: (value: unknown) => Value, { truncate = 0 }: Column): (value: unknown) => Value {
  return value => {
    const whole = convert(value);
    if (typeof whole === 'string') return firstCharacters(whole, truncate);
    if (typeof whole === 'bigint') return whole - positiveRemainder(whole, microsPerDay);
    // A copy: the rest is not to be kept in memory behind it either.
    return whole instanceof Uint8Array ? whole.slice(0, truncate) : whole;
  };
}

/** The first Unicode code points of a text. */
function firstCharacters(text: string, count: number): string {
  if (text.length <= count) return text;
  let length = 0;
  for (let left = count; left > 0 && length < text.length; left -= 1) {
    length += (text.codePointAt(length) ?? 0) > 0xffff ? 2 : 1;
  }
  return text.slice(0, length);
}

const positiveRemainder = (value: bigint, divisor: bigint) => ((value % divisor) + divisor) % divisor;
