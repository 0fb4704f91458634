import { coerce } from '../coercion.ts';
import type { Complaints } from '../errors.ts';
import { bind, type Expression, stringSql } from '../expression.ts';
import { scalar } from '../sql-type.ts';

/** A time zone: a name for DuckDB to look up, or an offset, which DuckDB does not know as a zone. */
export type Zone = { readonly sql: string } | { readonly minutes: number };

export const utcZone: Zone = { sql: "'UTC'" };

/** Reads a time zone argument: `Asia/Tokyo`, `UTC` or `+09:00`. */
export function zoneOf(complain: Complaints, argument: Expression): Zone {
  const sql = coerce(complain, argument, scalar('STRING'), 'The time zone');
  if (argument.literal !== 'STRING') return { sql };
  const text = String(argument.value);
  const offset = /^([+-])(\d{1,2})(?::(\d\d))?$/.exec(text);
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3] ?? '0');
    return { minutes: offset[1] === '-' ? -minutes : minutes };
  }
  if (!isZoneName(text)) complain.invalid(argument.node, `Invalid time zone: ${text}`);
  return { sql: stringSql(text) };
}

function isZoneName(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '' && !/^[+-]/.test(text);
  } catch {
    return false;
  }
}

/** The civil time of a TIMESTAMP in a zone: DuckDB's TIMESTAMP. */
export const toCivil = (timestamp: string, zone: Zone) =>
  'sql' in zone
    ? `timezone(${zone.sql}, ${timestamp})`
    : `(timezone('UTC', ${timestamp}) + to_minutes(${zone.minutes}))`;

/** The moment of a civil time in a zone: DuckDB's TIMESTAMPTZ. */
export const fromCivil = (civil: string, zone: Zone) =>
  'sql' in zone ? `timezone(${zone.sql}, ${civil})` : `timezone('UTC', ${civil} - to_minutes(${zone.minutes}))`;

/** Changes a moment by what `change` takes off its civil time, so that a repeated hour stays the same one. */
export const backBy = (timestamp: string, zone: Zone, change: (civil: string) => string) =>
  bind([timestamp], ([moment = '']) => {
    const civil = toCivil(moment, zone);
    return `(${moment} - (${civil} - ${change(civil)}))`;
  });
