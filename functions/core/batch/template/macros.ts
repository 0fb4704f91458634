import { isZone } from '../zone.ts';
import { strftime } from './strftime.ts';
import { strptime } from './strptime.ts';
import { dateOfFields, daysInMonth } from './template-date.ts';
import { durationUnits, TemplateDuration } from './template-duration.ts';
import { ValueError } from './value-error.ts';
import { Builtin, bind, type CallArguments, integerArgument, kindOf, textArgument, type Value } from './values.ts';

/** Items of one range. */
const maxRange = 10_000;

const timedelta = new Builtin('timedelta', args => {
  let micros = 0n;
  for (const [unit, value] of bind('timedelta', [...durationUnits.keys()], args)) {
    const size = durationUnits.get(unit) ?? 0n;
    if (typeof value === 'bigint') micros += value * size;
    else if (typeof value === 'number' && Number.isFinite(value)) micros += BigInt(Math.round(value * Number(size)));
    else throw new ValueError(`"${unit}" of timedelta is ${kindOf(value)}`, 'write a number');
  }
  return new TemplateDuration(micros);
});

const parts = ['year', 'month', 'day', 'hour', 'minute', 'second', 'microsecond', 'tz'];

function datetimeOf(args: CallArguments) {
  const bound = bind('datetime', parts, args);
  const part = (name: string, otherwise?: bigint) => integerArgument('datetime', name, bound.get(name) ?? otherwise);
  const fields = {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour', 0n),
    minute: part('minute', 0n),
    second: part('second', 0n),
    microsecond: part('microsecond', 0n),
  };
  const { month, day, hour, minute, second, microsecond } = fields;
  const within = (value: number, from: number, to: number) => value >= from && value <= to;
  const right =
    within(fields.year, 1, 9999) &&
    within(month, 1, 12) &&
    within(day, 1, daysInMonth(fields.year, month)) &&
    within(hour, 0, 23) &&
    within(minute, 0, 59) &&
    within(second, 0, 59) &&
    within(microsecond, 0, 999_999);
  if (!right) throw new ValueError('there is no such date', 'correct the arguments of datetime');
  const zone = textArgument('datetime', 'tz', bound.get('tz') ?? 'UTC');
  if (!isZone(zone)) throw new ValueError(`there is no time zone "${zone}"`, 'write one such as Asia/Tokyo');
  return dateOfFields(fields, zone);
}

const parsed = new Builtin('strptime', args => {
  const bound = bind('strptime', ['text', 'format'], args);
  return strptime(
    textArgument('strptime', 'text', bound.get('text')),
    textArgument('strptime', 'format', bound.get('format')),
  );
});

const datetime: Builtin = new Builtin('datetime', datetimeOf, new Map([['strptime', parsed]]));

const dsAdd = new Builtin('ds_add', args => {
  const bound = bind('ds_add', ['ds', 'days'], args);
  const date = strptime(textArgument('ds_add', 'ds', bound.get('ds')), '%Y-%m-%d');
  const days = integerArgument('ds_add', 'days', bound.get('days'));
  return strftime(date.plus(BigInt(days) * (durationUnits.get('days') ?? 0n)), '%Y-%m-%d');
});

const dsFormat = new Builtin('ds_format', args => {
  const bound = bind('ds_format', ['ds', 'input_format', 'output_format'], args);
  const text = (name: string) => textArgument('ds_format', name, bound.get(name));
  return strftime(strptime(text('ds'), text('input_format')), text('output_format'));
});

/** What templates have as `macros`: Airflow’s, without those that would render otherwise at another time. */
export const macros: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['timedelta', timedelta],
  ['datetime', datetime],
  ['ds_add', dsAdd],
  ['ds_format', dsFormat],
]);

/** Jinja’s `range`. */
export const range = new Builtin('range', (args, budget) => {
  const numbers = args.positional.map(value => integerArgument('range', 'bound', value));
  const [first, second, step = 1] = numbers;
  if (first === undefined || numbers.length > 3 || args.named.size > 0 || step === 0) {
    throw new ValueError(
      'range is not given what it needs',
      'write range(end), range(start, end) or range(start, end, step)',
    );
  }
  const [from, to] = second === undefined ? [0, first] : [first, second];
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (length > maxRange) throw new ValueError(`the range has ${length} items`, `write one of at most ${maxRange}`);
  budget.spend(length);
  return Array.from({ length }, (_, index) => BigInt(from + index * step));
});
