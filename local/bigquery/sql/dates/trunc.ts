import type { DatePart } from './date-part.ts';
import { microseconds } from './date-part.ts';
import { backBy, fromCivil, toCivil, type Zone } from './zone.ts';

/** The first moment of the part that a civil time falls in; `civil` may be a DATE as well. The result is a TIMESTAMP. */
export function truncatedCivil(civil: string, { name, weekday }: DatePart): string {
  if (name === 'MICROSECOND') return civil;
  if (name !== 'WEEK') return `date_trunc('${name === 'ISOWEEK' ? 'week' : name.toLowerCase()}', ${civil})`;
  // DuckDB's weeks start on Monday: shifting by some days makes them start on another one.
  const days = 1 - weekday;
  return days === 0
    ? `date_trunc('week', ${civil})`
    : `(date_trunc('week', ${civil} + to_days(${days})) - to_days(${days}))`;
}

/** The same of a moment, seen in a zone. */
export const truncatedMoment = (timestamp: string, part: DatePart, zone: Zone) =>
  part.name in microseconds
    ? backBy(timestamp, zone, civil => truncatedCivil(civil, part))
    : fromCivil(truncatedCivil(toCivil(timestamp, zone), part), zone);
