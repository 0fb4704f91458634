import type { Conversion, TypeConversion } from '../schema/column.ts';
import { decimalOfText } from './decimal-text.ts';
import { OutOfRange } from './out-of-range.ts';
import type { Value } from './row.ts';
import { timestampOfMicros } from './timestamp.ts';

type Convert = (value: unknown) => Value;

/** 64-bit integers reach us as bigints, or as strings where the schema says jstype = JS_STRING. */
const integer = (value: unknown) => BigInt(value as number | bigint | string);

const converters: Readonly<Record<TypeConversion, Convert>> = {
  'integer-text': String,
  'enum-number': integer,
  'checked-int64': value => {
    const number = integer(value);
    if (number >= 1n << 63n) throw new OutOfRange('a number of 2^63 or more, which no INTEGER holds');
    return number;
  },
  'unix-seconds': value => timestampOfMicros(integer(value) * 1_000_000n),
  'unix-millis': value => timestampOfMicros(integer(value) * 1000n),
  'unix-micros': value => timestampOfMicros(integer(value)),
  'duration-seconds': value => {
    const { seconds, nanos } = value as { seconds: bigint; nanos: number };
    // Through the text, which is exact, to the number that is nearest: two roundings could miss it.
    return nearest(seconds * 1_000_000_000n + BigInt(nanos));
  },
  'epoch-days': value => dateOfDays(value as number),
  'decimal-text': value => unlessEmpty(value as string, decimalOfText),
  'date-text': value => unlessEmpty(value as string, dateOfText),
  'json-text': value => unlessEmpty(value as string, checkedJson),
};

/** The conversions that an option of the field asks for; undefined for those that its type alone decides. */
export const typeConverters: Readonly<Partial<Record<Conversion, Convert>>> = converters;

/** A string without presence is empty where it was not set. */
const unlessEmpty = (text: string, convert: (text: string) => Value): Value => (text === '' ? null : convert(text));

function nearest(nanos: bigint): number {
  const digits = String(nanos < 0n ? -nanos : nanos).padStart(10, '0');
  return Number(`${nanos < 0n ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`);
}

/** Of the years 0001 to 9999: https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#date_type */
function dateOfDays(days: number): number {
  if (days < -719_162 || days > 2_932_896) throw new OutOfRange('a date outside of the years 0001 to 9999');
  return days;
}

const millisPerDay = 86_400_000;

function dateOfText(text: string): number {
  const millis = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // JavaScript takes the 31st of February for a day in March.
  if (Number.isNaN(millis) || new Date(millis).toISOString().slice(0, 10) !== text) {
    throw new OutOfRange('a text that is no date such as 2026-01-31');
  }
  return dateOfDays(millis / millisPerDay);
}

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#json_type: greatest depth */
const maxJsonDepth = 500;

function checkedJson(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new OutOfRange('a text that is no JSON');
  }
  if (deeperThan(value, maxJsonDepth)) throw new OutOfRange(`JSON of more than ${maxJsonDepth} levels`);
  return text;
}

/** Level by level, for the text is a stranger's and may nest deeper than calls can. */
function deeperThan(value: unknown, depth: number): boolean {
  let level: unknown[] = [value];
  for (let above = 0; ; above += 1) {
    const containers = level.filter(item => typeof item === 'object' && item !== null);
    if (containers.length === 0) return false;
    if (above === depth) return true;
    level = containers.flatMap((container): unknown[] => Object.values(container));
  }
}
