import type { Budget } from './budget.ts';
import type { TemplateDate } from './template-date.ts';
import type { TemplateDuration } from './template-duration.ts';
import { ValueError } from './value-error.ts';

/**
 * A value in a template: never an object of the program's, so that there is nothing to reach through it. Integers are
 * bigints and floating-point numbers are numbers, as Python keeps them apart; mappings have no prototype to look into.
 */
export type Value =
  | string
  | bigint
  | number
  | boolean
  | null
  | readonly Value[]
  | ReadonlyMap<string, Value>
  | TemplateDate
  | TemplateDuration
  | Builtin
  | Undefined;

/** A function that templates may call: one of ours. */
export class Builtin {
  readonly name: string;
  readonly call: (args: CallArguments, budget: Budget) => Value;
  /** What it has besides, such as `strptime` of `datetime`. */
  readonly members: ReadonlyMap<string, Value>;

  constructor(name: string, call: Builtin['call'], members: ReadonlyMap<string, Value> = new Map()) {
    this.name = name;
    this.call = call;
    this.members = members;
  }
}

/** The value of what does not exist. Any use but the test `defined` and the filter `default` is an error. */
export class Undefined {
  readonly what: string;
  readonly mend: string;

  constructor(what: string, mend: string) {
    this.what = what;
    this.mend = mend;
  }
}

export interface CallArguments {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

/**
 * The arguments of a call by the names of its parameters. Throws a ValueError for one too many, one given twice, or one
 * that is not known.
 */
export function bind(callee: string, parameters: readonly string[], args: CallArguments): ReadonlyMap<string, Value> {
  const takes = parameters.length === 0 ? 'write no arguments' : `it takes ${parameters.join(', ')}`;
  const bound = new Map<string, Value>();
  for (const [index, value] of args.positional.entries()) {
    const parameter = parameters[index];
    if (parameter === undefined) throw new ValueError(`${callee} is given too many arguments`, takes);
    bound.set(parameter, value);
  }
  for (const [name, value] of args.named) {
    if (!parameters.includes(name)) throw new ValueError(`${callee} has no argument "${name}"`, takes);
    if (bound.has(name)) throw new ValueError(`${callee} is given "${name}" twice`, takes);
    bound.set(name, value);
  }
  return bound;
}

/** What kind of value it is, in words. */
export function kindOf(value: Value): string {
  if (value === null) return 'none';
  switch (typeof value) {
    case 'string':
      return 'a text';
    case 'bigint':
      return 'an integer';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'a truth value';
    default:
      break;
  }
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a mapping';
  if (value instanceof Builtin) return `the function ${value.name}`;
  return value instanceof Undefined ? 'nothing' : 'kind' in value ? `a ${value.kind}` : 'a value';
}

export function textArgument(callee: string, name: string, value: Value | undefined): string {
  if (typeof value === 'string') return value;
  const what = value === undefined ? 'missing' : kindOf(value);
  throw new ValueError(`"${name}" of ${callee} is ${what}`, 'write a text');
}

/** A whole number that JavaScript’s numbers hold exactly. */
export function integerArgument(callee: string, name: string, value: Value | undefined): number {
  if (typeof value === 'bigint') {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return number;
  }
  const what = value === undefined ? 'missing' : kindOf(value);
  throw new ValueError(`"${name}" of ${callee} is ${what}`, 'write a whole number');
}
