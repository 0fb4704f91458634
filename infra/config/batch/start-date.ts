import type { Instant } from '../../../functions/core/batch/instant.ts';
import { momentOf } from '../../../functions/core/batch/zone.ts';

/** Dates and times of ISO 8601, with and without separators, as Airflow takes them; a space may stand for the T. */
const written =
  /^(?<year>\d{4})(-?)(?<month>\d\d)\2(?<day>\d\d)(?:(?:T| +)(?<hour>\d\d)(?:(:?)(?<minute>\d\d)(?:\6(?<second>\d\d)(?:[.,](?<fraction>\d+))?)?)? *(?<offset>Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/** The moment that `start_date` names, or how the text is to be mended. What has no offset is of the zone. */
export function startDate(text: string, zone: string): { readonly instant: Instant } | { readonly mend: string } {
  const mend = 'write a date such as 2026-01-31, or a time such as 2026-01-31T15:00:00Z';
  const found = written.exec(text.trim())?.groups;
  if (found === undefined) return { mend };
  const { year, month, day, hour = '00', minute = '00', second = '00', fraction = '', offset } = found;
  const time = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}`;
  const wall = Date.parse(`${time}Z`);
  // Of a day that there is not some other one would be taken.
  if (Number.isNaN(wall) || new Date(wall).toISOString() !== `${time}Z`) {
    return { mend: `there is no such day or time; ${mend}` };
  }
  if (/[1-9]/.test(fraction.slice(3))) return { mend: `write no more than milliseconds: ${time}${offset ?? ''}` };
  if (offset === undefined) return { instant: new Date(momentOf(zone, wall)).toISOString() };
  const moment = Date.parse(`${time}${extended(offset)}`);
  return Number.isNaN(moment)
    ? { mend: `there is no offset ${offset}; ${mend}` }
    : { instant: new Date(moment).toISOString() };
}

/** As `Date.parse` takes it: `+09:00` for `+0900` and `+09`. */
function extended(offset: string): string {
  if (/^z$/i.test(offset)) return 'Z';
  return `${offset.slice(0, 3)}:${offset.slice(3).replace(':', '').padEnd(2, '0')}`;
}
