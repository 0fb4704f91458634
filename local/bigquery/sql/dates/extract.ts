import { bind } from '../expression.ts';
import { type ScalarName, type SqlType, scalar } from '../sql-type.ts';
import type { DatePart, PartName } from './date-part.ts';

const ofTime: readonly PartName[] = ['MICROSECOND', 'MILLISECOND', 'SECOND', 'MINUTE', 'HOUR'];
const ofDate: readonly PartName[] = [
  'DAYOFWEEK',
  'DAY',
  'DAYOFYEAR',
  'WEEK',
  'ISOWEEK',
  'MONTH',
  'QUARTER',
  'YEAR',
  'ISOYEAR',
];
const ofMoment: readonly PartName[] = [...ofTime, ...ofDate, 'DATE', 'TIME'];

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/timestamp_functions#extract and its like */
export const extractable: Readonly<Partial<Record<ScalarName, readonly PartName[]>>> = {
  TIME: ofTime,
  DATE: ofDate,
  DATETIME: ofMoment,
  TIMESTAMP: [...ofMoment, 'DATETIME'],
};

/** The part of a civil time, a date or a time, with its type. */
export function extracted(civil: string, part: DatePart): { readonly sql: string; readonly type: SqlType } {
  const type = scalar('INT64');
  switch (part.name) {
    case 'DATE':
      return { sql: `CAST(${civil} AS DATE)`, type: scalar('DATE') };
    case 'TIME':
      return { sql: `CAST(${civil} AS TIME)`, type: scalar('TIME') };
    case 'DATETIME':
      return { sql: civil, type: scalar('DATETIME') };
    case 'MICROSECOND':
      // DuckDB counts the whole seconds in.
      return { sql: `(microsecond(${civil}) % 1000000)`, type };
    case 'MILLISECOND':
      return { sql: `(microsecond(${civil}) % 1000000 // 1000)`, type };
    case 'DAYOFWEEK':
      return { sql: `(dayofweek(${civil}) + 1)`, type };
    case 'WEEK':
      return { sql: weekOfYear(civil, part.weekday), type };
    case 'ISOWEEK':
      return { sql: `week(${civil})`, type };
    default:
      return { sql: `${part.name.toLowerCase()}(${civil})`, type };
  }
}

/** Weeks since the first one that starts in the year; the days before it are in week 0. */
const weekOfYear = (civil: string, weekday: number) =>
  bind([civil], ([c = '']) => `((dayofyear(${c}) + 6 - (dayofweek(${c}) + ${7 - weekday}) % 7) // 7)`);
