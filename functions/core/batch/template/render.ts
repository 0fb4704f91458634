import { didYouMean, listed } from '../../suggest.ts';
import { type Budget, createBudget } from './budget.ts';
import { dateAttribute, dateMemberNames } from './date-members.ts';
import { filters, tests } from './filters.ts';
import { range } from './macros.ts';
import { compare, integer, isTrue, operate, textOf } from './operations.ts';
import type { Arguments, Expression, Statement } from './syntax.ts';
import { TemplateDate } from './template-date.ts';
import { durationAttribute, TemplateDuration } from './template-duration.ts';
import { type Place, TemplateError } from './template-error.ts';
import { textAttribute, textMemberNames } from './text-members.ts';
import { ValueError } from './value-error.ts';
import { Builtin, type CallArguments, integerArgument, kindOf, Undefined, type Value } from './values.ts';

/** The variables in view, from the innermost block outwards. */
interface Scope {
  readonly variables: Map<string, Value>;
  readonly outer?: Scope;
}

const globals: ReadonlyMap<string, Value> = new Map([['range', range]]);

/**
 * Renders a parsed template. Nothing but the given values can be reached from it, and what it may use up is bounded.
 * Throws a TemplateError.
 */
export function renderStatements(statements: readonly Statement[], variables: ReadonlyMap<string, Value>): string {
  const budget = createBudget();
  const output: string[] = [];
  let length = 0;
  const write = (text: string) => {
    length += text.length;
    budget.allow(text.length);
    if (length > 1024 * 1024) throw new ValueError('the template renders more than 1 MiB', 'shorten its loops');
    output.push(text);
  };
  const scope: Scope = { variables: new Map(), outer: { variables: new Map([...globals, ...variables]) } };
  runAll(statements, scope, budget, write);
  return output.join('');
}

type Write = (text: string) => void;

function runAll(statements: readonly Statement[], scope: Scope, budget: Budget, write: Write): void {
  for (const statement of statements) located(statement.at, () => run(statement, scope, budget, write));
}

function run(statement: Statement, scope: Scope, budget: Budget, write: Write): void {
  budget.spend(1);
  const value = (expression: Expression) => evaluate(expression, scope, budget);
  switch (statement.type) {
    case 'text':
      write(statement.text);
      return;
    case 'print': {
      const printed = value(statement.value);
      located(statement.value.at, () => write(textOf(printed, budget)));
      return;
    }
    case 'set':
      assign(statement.names, value(statement.value), scope);
      return;
    case 'if': {
      const branch = statement.branches.find(({ test }) => located(test.at, () => isTrue(value(test))));
      runAll(branch?.body ?? statement.otherwise, scope, budget, write);
      return;
    }
    case 'for':
      loop(statement, scope, budget, write);
      return;
  }
}

function loop(statement: Extract<Statement, { type: 'for' }>, scope: Scope, budget: Budget, write: Write): void {
  const all = itemsOf(evaluate(statement.items, scope, budget));
  budget.spend(all.length);
  const inner = (item: Value): Scope => {
    const own: Scope = { variables: new Map(), outer: scope };
    assign(statement.names, item, own);
    return own;
  };
  const { filter } = statement;
  const items =
    filter === undefined
      ? all
      : all.filter(item => located(filter.at, () => isTrue(evaluate(filter, inner(item), budget))));
  if (items.length === 0) {
    runAll(statement.otherwise, scope, budget, write);
    return;
  }
  for (const [index, item] of items.entries()) {
    const own = inner(item);
    own.variables.set('loop', loopVariable(index, items.length));
    runAll(statement.body, own, budget, write);
  }
}

const loopVariable = (index: number, length: number): ReadonlyMap<string, Value> =>
  new Map<string, Value>([
    ['index', BigInt(index + 1)],
    ['index0', BigInt(index)],
    ['revindex', BigInt(length - index)],
    ['first', index === 0],
    ['last', index === length - 1],
    ['length', BigInt(length)],
  ]);

function itemsOf(value: Value): readonly Value[] {
  if (Array.isArray(value)) return value as readonly Value[];
  if (value instanceof Map) return [...(value as ReadonlyMap<string, Value>).keys()];
  if (value instanceof Undefined) throw new ValueError(value.what, value.mend);
  throw new ValueError(`${kindOf(value)} has no items to loop over`, 'give a list');
}

function assign(names: readonly string[], value: Value, scope: Scope): void {
  const [name] = names;
  if (names.length === 1 && name !== undefined) {
    scope.variables.set(name, value);
    return;
  }
  const items = itemsOf(value);
  if (items.length !== names.length) {
    throw new ValueError(`${items.length} values are given to ${names.length} names`, 'give as many');
  }
  for (const [index, each] of names.entries()) scope.variables.set(each, items[index] ?? null);
}

/** Runs it, and gives what is wrong with a value its place. */
function located<T>(at: Place, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof ValueError) throw new TemplateError(error.what, error.mend, at);
    throw error;
  }
}

const evaluate = (expression: Expression, scope: Scope, budget: Budget): Value =>
  located(expression.at, () => valueOf(expression, scope, budget));

function valueOf(expression: Expression, scope: Scope, budget: Budget): Value {
  budget.spend(1);
  const value = (inner: Expression) => evaluate(inner, scope, budget);
  switch (expression.type) {
    case 'constant':
      return expression.value;
    case 'name':
      return variable(expression.name, scope);
    case 'list':
      return expression.items.map(value);
    case 'mapping':
      return mappingOf(expression, value, budget);
    case 'attribute':
      return attribute(value(expression.of), expression.name);
    case 'item':
      return item(value(expression.of), value(expression.key), budget);
    case 'slice':
      return slice(expression, value, budget);
    case 'call': {
      const callee = located(expression.of.at, () => callable(value(expression.of)));
      return callee.call(argumentsOf(expression.args, value), budget);
    }
    case 'filter': {
      const filter = filters.get(expression.name);
      if (filter === undefined) throw unknown('filter', expression.name, [...filters.keys()]);
      const of = value(expression.of);
      if (of instanceof Undefined && !/^d(efault)?$/.test(expression.name)) throw new ValueError(of.what, of.mend);
      charge(of, budget);
      return filter(of, argumentsOf(expression.args, value), budget);
    }
    case 'test': {
      const test = tests.get(expression.name);
      if (test === undefined) throw unknown('test', expression.name, [...tests.keys()]);
      const of = value(expression.of);
      if (of instanceof Undefined && !/^(un)?defined$/.test(expression.name)) throw new ValueError(of.what, of.mend);
      return test(of, argumentsOf(expression.args, value), budget) !== expression.negated;
    }
    case 'unary':
      return unary(expression.operator, value(expression.of));
    case 'binary':
      return operate(expression.operator, value(expression.left), value(expression.right), budget);
    case 'logic': {
      const left = value(expression.left);
      return isTrue(left) === (expression.operator === 'and') ? value(expression.right) : left;
    }
    case 'compare': {
      let left = value(expression.first);
      return expression.rest.every(({ operator, right: written }) => {
        const right = value(written);
        const holds = compare(operator, left, right, budget);
        left = right;
        return holds;
      });
    }
    case 'condition': {
      if (isTrue(value(expression.test))) return value(expression.then);
      return expression.otherwise === undefined ? '' : value(expression.otherwise);
    }
  }
}

function callable(value: Value): Builtin {
  if (value instanceof Undefined) throw new ValueError(value.what, value.mend);
  if (value instanceof Builtin) return value;
  throw new ValueError(`${kindOf(value)} cannot be called`, 'remove the brackets');
}

/** Asks for as much as it takes to go through a value once. */
function charge(value: Value, budget: Budget): void {
  if (typeof value === 'string') budget.allow(value.length);
  else if (Array.isArray(value)) budget.spend(value.length);
}

const unknown = (kind: string, name: string, known: readonly string[]) =>
  new ValueError(`there is no ${kind} "${name}"`, didYouMean(name, known) ?? `the ${kind}s are ${known.join(', ')}`);

function variable(name: string, scope: Scope): Value {
  const names = new Set<string>();
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
    const found = at.variables.get(name);
    if (found !== undefined) return found;
    for (const known of at.variables.keys()) names.add(known);
  }
  const known = [...names].toSorted();
  return new Undefined(
    `there is no variable "${name}"`,
    didYouMean(name, known) ?? `the variables are ${known.join(', ')}`,
  );
}

function mappingOf(
  { entries }: Extract<Expression, { type: 'mapping' }>,
  value: (expression: Expression) => Value,
  budget: Budget,
): Value {
  return new Map(entries.map(([key, item]) => [textOf(value(key), budget), value(item)]));
}

function argumentsOf(args: Arguments, value: (expression: Expression) => Value): CallArguments {
  const given = (expression: Expression): Value => {
    const result = value(expression);
    if (result instanceof Undefined) throw new ValueError(result.what, result.mend);
    return result;
  };
  const named = new Map<string, Value>();
  for (const argument of args.named) {
    if (named.has(argument.name)) throw new ValueError(`"${argument.name}" is given twice`, 'give it once');
    named.set(argument.name, given(argument.value));
  }
  return { positional: args.positional.map(given), named };
}

/** What a value has by a name: of our own tables only. */
function attribute(of: Value, name: string): Value {
  if (of instanceof Undefined) throw new ValueError(of.what, of.mend);
  const missing = (known: readonly string[]) =>
    new Undefined(
      `${kindOf(of)} has no "${name}"`,
      didYouMean(name, known) ?? (known.length === 0 ? 'remove it' : `it has ${listed(known)}`),
    );
  if (of instanceof TemplateDate) return dateAttribute(of, name) ?? missing(dateMemberNames);
  if (typeof of === 'string') return textAttribute(of, name) ?? missing(textMemberNames);
  if (of instanceof Map) {
    const entries = of as ReadonlyMap<string, Value>;
    return entries.get(name) ?? missing([...entries.keys()]);
  }
  if (of instanceof Builtin) return of.members.get(name) ?? missing([...of.members.keys()]);
  if (of instanceof TemplateDuration) {
    if (name === 'total_seconds') return new Builtin(name, () => Number(of.micros) / 1e6);
    return durationAttribute(of, name) ?? missing(['days', 'seconds', 'microseconds', 'total_seconds']);
  }
  return missing([]);
}

function item(of: Value, key: Value, budget: Budget): Value {
  if (of instanceof Undefined) throw new ValueError(of.what, of.mend);
  charge(of, budget);
  if (of instanceof Map && typeof key === 'string') return attribute(of, key);
  if (Array.isArray(of) || typeof of === 'string') {
    const index = integerArgument('a list', 'index', key);
    const found = typeof of === 'string' ? Array.from(of).at(index) : (of as readonly Value[]).at(index);
    return found ?? new Undefined(`there is no item ${index}`, `there are ${of.length}`);
  }
  throw new ValueError(`${kindOf(of)} has no items`, 'take them of a list, a mapping or a text');
}

function slice(
  expression: Extract<Expression, { type: 'slice' }>,
  value: (expression: Expression) => Value,
  budget: Budget,
): Value {
  const of = value(expression.of);
  if (typeof of !== 'string' && !Array.isArray(of))
    throw new ValueError(`${kindOf(of)} cannot be cut`, 'cut a text or a list');
  const items: readonly Value[] = typeof of === 'string' ? Array.from(of) : (of as readonly Value[]);
  budget.spend(items.length);
  const bound = (written: Expression | undefined) =>
    written === undefined ? undefined : integerArgument('a slice', 'bound', value(written));
  const step = bound(expression.step) ?? 1;
  if (step < 1) throw new ValueError('the step of a slice is not above 0', 'use the filter reverse');
  const cut = items.slice(bound(expression.from) ?? 0, bound(expression.to)).filter((_, index) => index % step === 0);
  return typeof of === 'string' ? (cut as readonly string[]).join('') : cut;
}

function unary(operator: '-' | '+' | 'not', value: Value): Value {
  if (operator === 'not') return !isTrue(value);
  const sign = operator === '-';
  if (typeof value === 'bigint') return sign ? integer(-value) : value;
  if (typeof value === 'number') return sign ? -value : value;
  if (value instanceof TemplateDuration) return sign ? new TemplateDuration(-value.micros) : value;
  if (value instanceof Undefined) throw new ValueError(value.what, value.mend);
  throw new ValueError(`"${operator}" does not go with ${kindOf(value)}`, 'give it a number');
}
