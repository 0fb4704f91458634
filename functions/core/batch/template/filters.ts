import type { Budget } from './budget.ts';
import { compare, integer, isTrue, operate, textOf } from './operations.ts';
import { strftime } from './strftime.ts';
import { isoText, TemplateDate } from './template-date.ts';
import { joinTexts, replaceText, textAttribute } from './text-members.ts';
import { ValueError } from './value-error.ts';
import {
  Builtin,
  bind,
  type CallArguments,
  integerArgument,
  kindOf,
  textArgument,
  Undefined,
  type Value,
} from './values.ts';

type Filter = (value: Value, args: CallArguments, budget: Budget) => Value;

const text = (name: string, value: Value): string => textArgument(name, 'value', value);

const list = (name: string, value: Value): readonly Value[] => {
  if (Array.isArray(value)) return value as readonly Value[];
  if (typeof value === 'string') return Array.from(value);
  if (value instanceof Map) return [...(value as ReadonlyMap<string, Value>).keys()];
  throw new ValueError(`the filter ${name} is given ${kindOf(value)}`, 'give it a list');
};

/** A method of texts as a filter. */
const method =
  (name: string): Filter =>
  (value, args, budget) => {
    const found = textAttribute(text(name, value), name);
    return found instanceof Builtin ? found.call(args, budget) : null;
  };

/** Airflow’s filters that write a date in a fixed form. */
const dated =
  (name: string, write: (date: TemplateDate) => string): Filter =>
  value => {
    if (value instanceof TemplateDate) return write(value);
    throw new ValueError(`the filter ${name} is given ${kindOf(value)}`, 'give it a date');
  };

const extreme =
  (name: string, operator: '<' | '>'): Filter =>
  (value, _, budget) => {
    const [first, ...rest] = list(name, value);
    if (first === undefined) throw new ValueError(`the filter ${name} is given an empty list`, 'give it items');
    return rest.reduce<Value>((best, item) => (compare(operator, item, best, budget) ? item : best), first);
  };

const defaulted: Filter = (value, args) => {
  const bound = bind('default', ['default_value', 'boolean'], args);
  const missing = value instanceof Undefined || (bound.get('boolean') === true && !isTrue(value));
  return missing ? (bound.get('default_value') ?? '') : value;
};

const round: Filter = (value, args) => {
  const bound = bind('round', ['precision', 'method'], args);
  if (typeof value !== 'number' && typeof value !== 'bigint')
    throw new ValueError(`${kindOf(value)} cannot be rounded`, 'give it a number');
  const factor = 10 ** integerArgument('round', 'precision', bound.get('precision') ?? 0n);
  const how = bound.get('method') ?? 'common';
  const scaled = Number(value) * factor;
  if (how === 'ceil') return Math.ceil(scaled) / factor;
  if (how === 'floor') return Math.floor(scaled) / factor;
  // Python rounds a half to the even neighbour.
  const floor = Math.floor(scaled);
  const half = scaled - floor === 0.5;
  return (half ? floor + (floor % 2 === 0 ? 0 : 1) : Math.round(scaled)) / factor;
};

const toInteger: Filter = value => {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return integer(BigInt(Math.trunc(value)));
  if (typeof value === 'string' && /^\s*[+-]?\d{1,18}\s*$/.test(value)) return BigInt(value.trim().replace(/^\+/, ''));
  throw new ValueError(`${typeof value === 'string' ? 'the text' : kindOf(value)} is no integer`, 'give it digits');
};

/** Jinja’s filters that make sense in a query, and Airflow’s. */
export const filters: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['abs', value => (typeof value === 'bigint' ? integer(value < 0n ? -value : value) : Math.abs(Number(value)))],
  [
    'capitalize',
    value =>
      text('capitalize', value)
        .toLowerCase()
        .replace(/^./u, first => first.toUpperCase()),
  ],
  ['default', defaulted],
  ['d', defaulted],
  ['ds', dated('ds', date => strftime(date, '%Y-%m-%d'))],
  ['ds_nodash', dated('ds_nodash', date => strftime(date, '%Y%m%d'))],
  ['first', value => list('first', value)[0] ?? new Undefined('the list is empty', 'test it before')],
  ['float', value => (typeof value === 'string' ? Number(value) : Number(toNumber(value)))],
  ['int', toInteger],
  [
    'join',
    (value, args, budget) => {
      const separator = bind('join', ['d'], args).get('d') ?? '';
      return joinTexts(
        list('join', value).map(item => textOf(item, budget)),
        text('join', separator),
        budget,
      );
    },
  ],
  ['last', value => list('last', value).at(-1) ?? new Undefined('the list is empty', 'test it before')],
  ['length', value => BigInt(list('length', value).length)],
  ['count', value => BigInt(list('count', value).length)],
  ['list', value => list('list', value)],
  ['lower', (value, _, budget) => textOf(value, budget).toLowerCase()],
  ['max', extreme('max', '>')],
  ['min', extreme('min', '<')],
  [
    'replace',
    (value, args, budget) => {
      const bound = bind('replace', ['old', 'new'], args);
      return replaceText(
        textOf(value, budget),
        textArgument('replace', 'old', bound.get('old')),
        textArgument('replace', 'new', bound.get('new')),
        budget,
      );
    },
  ],
  [
    'reverse',
    value =>
      typeof value === 'string' ? Array.from(value).toReversed().join('') : list('reverse', value).toReversed(),
  ],
  ['round', round],
  [
    'sort',
    (value, _, budget) =>
      list('sort', value).toSorted((a, b) => (compare('<', a, b, budget) ? -1 : compare('>', a, b, budget) ? 1 : 0)),
  ],
  ['string', (value, _, budget) => textOf(value, budget)],
  ['sum', (value, _, budget) => list('sum', value).reduce((sum, item) => operate('+', sum, item, budget), 0n)],
  ['trim', method('strip')],
  ['ts', dated('ts', isoText)],
  ['ts_nodash', dated('ts_nodash', date => strftime(date, '%Y%m%dT%H%M%S'))],
  ['ts_nodash_with_tz', dated('ts_nodash_with_tz', date => strftime(date, '%Y%m%dT%H%M%S%z'))],
  [
    'unique',
    (value, _, budget) =>
      list('unique', value).filter(
        (item, index, all) => !all.slice(0, index).some(other => compare('==', other, item, budget)),
      ),
  ],
  ['upper', (value, _, budget) => textOf(value, budget).toUpperCase()],
]);

const toNumber = (value: Value): number | bigint => {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  throw new ValueError(`${kindOf(value)} is no number`, 'give it a number');
};

type Test = (value: Value, args: CallArguments, budget: Budget) => boolean;

const compared =
  (operator: '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in'): Test =>
  (value, args, budget) =>
    compare(operator, value, args.positional[0] ?? null, budget);

const remainder = (value: Value, by: bigint): bigint => {
  if (typeof value === 'bigint' && by !== 0n) return value % by;
  throw new ValueError(`${kindOf(value)} is not divided`, 'give it an integer, by another than 0');
};

/** Jinja’s tests. */
export const tests: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['defined', value => !(value instanceof Undefined)],
  ['undefined', value => value instanceof Undefined],
  ['none', value => value === null],
  ['true', value => value === true],
  ['false', value => value === false],
  ['boolean', value => typeof value === 'boolean'],
  ['integer', value => typeof value === 'bigint'],
  ['float', value => typeof value === 'number'],
  ['number', value => typeof value === 'bigint' || typeof value === 'number'],
  ['string', value => typeof value === 'string'],
  ['mapping', value => value instanceof Map],
  ['sequence', value => Array.isArray(value) || typeof value === 'string'],
  ['even', value => remainder(value, 2n) === 0n],
  ['odd', value => remainder(value, 2n) !== 0n],
  ['divisibleby', (value, { positional: [by] }) => remainder(value, typeof by === 'bigint' ? by : 0n) === 0n],
  ['in', compared('in')],
  ['eq', compared('==')],
  ['equalto', compared('==')],
  ['ne', compared('!=')],
  ['lt', compared('<')],
  ['le', compared('<=')],
  ['gt', compared('>')],
  ['ge', compared('>=')],
]);
