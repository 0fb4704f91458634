import { isZone } from '../zone.ts';
import { isoWeek, strftime } from './strftime.ts';
import type { TemplateDate } from './template-date.ts';
import { dateOfFields, daysInMonth, dayText, type Fields, isoText } from './template-date.ts';
import { durationUnits } from './template-duration.ts';
import { ValueError } from './value-error.ts';
import { Builtin, bind, integerArgument, kindOf, textArgument, type Value } from './values.ts';

const fieldNames = ['year', 'month', 'day', 'hour', 'minute', 'second', 'microsecond'] as const;

/** What pendulum’s `add` and `subtract` take: calendar units by the zone’s clocks, the finer ones as time that passes. */
const shiftUnits = ['years', 'months', 'weeks', 'days', 'hours', 'minutes', 'seconds', 'microseconds'];

const starts = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] as const;

type Member = (date: TemplateDate) => Value;
type Method = (date: TemplateDate, args: ReadonlyMap<string, Value>) => Value;

const method =
  (name: string, parameters: readonly string[], run: Method): Member =>
  date =>
    new Builtin(name, args => run(date, bind(name, parameters, args)));

const yearDay = (date: TemplateDate) => Number(strftime(date, '%j'));
const weekday = (date: TemplateDate) => date.wall.getUTCDay();

/** What a date has: fields and methods of Python’s `datetime`, and of pendulum’s, which Airflow uses. */
const members: ReadonlyMap<string, Member> = new Map<string, Member>([
  ...fieldNames.map((name): [string, Member] => [name, date => BigInt(date.fields[name])]),
  ['day_of_week', date => BigInt(weekday(date))],
  ['day_of_year', date => BigInt(yearDay(date))],
  ['week_of_year', date => BigInt(isoWeek({ ...date.fields, yearDay: yearDay(date), weekday: weekday(date) }).week)],
  ['quarter', date => BigInt(Math.ceil(date.fields.month / 3))],
  ['days_in_month', date => BigInt(daysInMonth(date.fields.year, date.fields.month))],
  ['int_timestamp', date => BigInt(Math.floor(date.millis / 1000))],
  ['float_timestamp', date => Number(date.micros) / 1e6],
  ['timezone_name', date => date.zone],
  [
    'strftime',
    method('strftime', ['format'], (date, args) =>
      strftime(date, textArgument('strftime', 'format', args.get('format'))),
    ),
  ],
  ['isoformat', method('isoformat', [], isoText)],
  ['to_iso8601_string', method('to_iso8601_string', [], date => isoText(date).replace(/\+00:00$/, 'Z'))],
  ['to_date_string', method('to_date_string', [], date => dayText(date.fields))],
  ['to_time_string', method('to_time_string', [], date => strftime(date, '%H:%M:%S'))],
  ['to_datetime_string', method('to_datetime_string', [], date => strftime(date, '%Y-%m-%d %H:%M:%S'))],
  ['date', method('date', [], ({ fields }) => dateOfFields({ ...fields, ...midnight }, 'UTC', true))],
  ['timestamp', method('timestamp', [], date => Number(date.micros) / 1e6)],
  ['weekday', method('weekday', [], date => BigInt((weekday(date) + 6) % 7))],
  ['isoweekday', method('isoweekday', [], date => BigInt(weekday(date) || 7))],
  ['in_timezone', method('in_timezone', ['tz'], inZone)],
  ['in_tz', method('in_tz', ['tz'], inZone)],
  ['astimezone', method('astimezone', ['tz'], inZone)],
  ['add', method('add', shiftUnits, (date, args) => shift(date, args, 1))],
  ['subtract', method('subtract', shiftUnits, (date, args) => shift(date, args, -1))],
  ['replace', method('replace', fieldNames, replace)],
  ['start_of', method('start_of', ['unit'], (date, args) => startOf(date, unitArgument('start_of', args)))],
  ['end_of', method('end_of', ['unit'], (date, args) => endOf(date, unitArgument('end_of', args)))],
]);

/** Undefined when a date has no such thing. */
export const dateAttribute = (date: TemplateDate, name: string): Value | undefined => members.get(name)?.(date);

export const dateMemberNames = [...members.keys()];

const midnight = { hour: 0, minute: 0, second: 0, microsecond: 0 } as const;

function inZone(date: TemplateDate, args: ReadonlyMap<string, Value>): TemplateDate {
  const zone = textArgument('in_timezone', 'tz', args.get('tz'));
  if (!isZone(zone)) throw new ValueError(`there is no time zone "${zone}"`, 'write one such as Asia/Tokyo');
  return date.inZone(zone);
}

function shift(date: TemplateDate, args: ReadonlyMap<string, Value>, sign: 1 | -1): TemplateDate {
  const amount = (unit: string) => {
    const value = args.get(unit);
    return value === undefined ? 0 : sign * integerArgument('add', unit, value);
  };
  const { fields } = date;
  const calendar = ['years', 'months', 'weeks', 'days'].some(unit => args.has(unit));
  let moved = date;
  if (calendar) {
    const month = fields.month - 1 + amount('months') + 12 * amount('years');
    const year = fields.year + Math.floor(month / 12);
    const monthOfYear = (((month % 12) + 12) % 12) + 1;
    const day = Math.min(fields.day, daysInMonth(year, monthOfYear)) + amount('days') + 7 * amount('weeks');
    moved = dateOfFields({ ...fields, year, month: monthOfYear, day }, date.zone, date.dayOnly);
  }
  const passing = ['hours', 'minutes', 'seconds', 'microseconds'].reduce(
    (sum, unit) => sum + BigInt(amount(unit)) * (durationUnits.get(unit) ?? 0n),
    0n,
  );
  return passing === 0n ? moved : moved.plus(passing);
}

function replace(date: TemplateDate, args: ReadonlyMap<string, Value>): TemplateDate {
  const given = fieldNames.flatMap(name => {
    const value = args.get(name);
    return value === undefined ? [] : [[name, integerArgument('replace', name, value)] as const];
  });
  const fields: Fields = { ...date.fields, ...Object.fromEntries(given) };
  const replaced = dateOfFields(fields, date.zone, date.dayOnly);
  const wrong =
    fields.month < 1 || fields.month > 12 || fields.day < 1 || fields.day > daysInMonth(fields.year, fields.month);
  if (wrong || fields.hour > 23 || fields.minute > 59 || fields.second > 59 || fields.microsecond > 999_999) {
    throw new ValueError('there is no such date', 'correct what is replaced');
  }
  return replaced;
}

type Unit = (typeof starts)[number];

function unitArgument(callee: string, args: ReadonlyMap<string, Value>): Unit {
  const value = args.get('unit');
  const unit = starts.find(candidate => candidate === value);
  if (unit !== undefined) return unit;
  const what = typeof value === 'string' ? `"${value}"` : value === undefined ? 'missing' : kindOf(value);
  throw new ValueError(`the unit of ${callee} is ${what}`, `write one of ${starts.join(', ')}`);
}

function startOf(date: TemplateDate, unit: Unit): TemplateDate {
  const { fields } = date;
  const rank = starts.indexOf(unit);
  const month = unit === 'year' ? 1 : unit === 'quarter' ? fields.month - ((fields.month - 1) % 3) : fields.month;
  const day = unit === 'week' ? fields.day - ((weekday(date) + 6) % 7) : rank > starts.indexOf('week') ? 1 : fields.day;
  return dateOfFields(
    {
      year: fields.year,
      month,
      day,
      hour: rank >= starts.indexOf('day') ? 0 : fields.hour,
      minute: rank >= starts.indexOf('hour') ? 0 : fields.minute,
      second: rank >= starts.indexOf('minute') ? 0 : fields.second,
      microsecond: 0,
    },
    date.zone,
    date.dayOnly,
  );
}

function endOf(date: TemplateDate, unit: Unit): TemplateDate {
  const { year, month, day, hour, minute, second } = startOf(date, unit).fields;
  const next: Readonly<Record<Unit, Partial<Fields>>> = {
    second: { second: second + 1 },
    minute: { minute: minute + 1 },
    hour: { hour: hour + 1 },
    day: { day: day + 1 },
    week: { day: day + 7 },
    month: { month: month + 1 },
    quarter: { month: month + 3 },
    year: { year: year + 1 },
  };
  const after = { year, month, day, hour, minute, second, microsecond: 0, ...next[unit] };
  return dateOfFields(after, date.zone, date.dayOnly).plus(-1n);
}
