import type { Budget } from './budget.ts';
import type { BinaryOperator, CompareOperator } from './syntax.ts';
import { isoText, TemplateDate } from './template-date.ts';
import { floorDivide, TemplateDuration } from './template-duration.ts';
import { ValueError } from './value-error.ts';
import { Builtin, kindOf, Undefined, type Value } from './values.ts';

const largest = 2n ** 63n;

/** An integer of 64 bits, which is more than any query’s. */
export function integer(value: bigint): bigint {
  if (value >= largest || value < -largest) throw new ValueError('the number is too large', 'stay below 2 to the 63');
  return value;
}

/** How a value is printed, which is as Python’s `str`. */
export function textOf(value: Value, budget: Budget): string {
  const text = shown(value, budget, false, 0);
  budget.allow(text.length);
  return text;
}

function shown(value: Value, budget: Budget, quoted: boolean, depth: number): string {
  budget.spend(1);
  if (depth > 20) throw new ValueError('a list is nested too deeply to be printed', 'print its items');
  if (value === null) return 'None';
  switch (typeof value) {
    case 'string':
      return quoted ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'` : value;
    case 'bigint':
      return String(value);
    case 'number':
      return floatText(value);
    case 'boolean':
      return value ? 'True' : 'False';
    default:
      break;
  }
  if (value instanceof TemplateDate) return isoText(value);
  if (value instanceof TemplateDuration) return value.text();
  if (value instanceof Undefined) throw new ValueError(value.what, value.mend);
  if (value instanceof Builtin)
    throw new ValueError(`the function ${value.name} is not called`, `write ${value.name}(…)`);
  const inside = (item: Value) => {
    const text = shown(item, budget, true, depth + 1);
    budget.allow(text.length);
    return text;
  };
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<string, Value>)].map(([key, item]) => `${inside(key)}: ${inside(item)}`);
    return `{${entries.join(', ')}}`;
  }
  return `[${(value as readonly Value[]).map(inside).join(', ')}]`;
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Number.isInteger(value) && Math.abs(value) < 1e16) return `${value}.0`;
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}

/** Whether a value counts as true, as in Python. */
export function isTrue(value: Value): boolean {
  if (value instanceof Undefined) throw new ValueError(value.what, value.mend);
  if (value instanceof Map) return value.size > 0;
  if (Array.isArray(value)) return value.length > 0;
  return value instanceof TemplateDuration ? value.micros !== 0n : Boolean(value);
}

const isNumber = (value: Value): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';

/** Applies an operator between two values, as Python does for those kinds; any other pair is an error. */
export function operate(operator: BinaryOperator, left: Value, right: Value, budget: Budget): Value {
  if (operator === '~') {
    const [first, second] = [textOf(left, budget), textOf(right, budget)];
    budget.allow(first.length + second.length);
    return first + second;
  }
  if (isNumber(left) && isNumber(right)) return arithmetic(operator, left, right);
  const result =
    operator === '+'
      ? add(left, right, budget)
      : operator === '-'
        ? subtract(left, right)
        : operator === '*'
          ? (repeat(left, right, budget) ?? repeat(right, left, budget))
          : undefined;
  if (result !== undefined) return result;
  for (const side of [left, right]) if (side instanceof Undefined) throw new ValueError(side.what, side.mend);
  throw new ValueError(
    `"${operator}" does not go with ${kindOf(left)} and ${kindOf(right)}`,
    operator === '+' && (typeof left === 'string' || typeof right === 'string')
      ? 'write ~ to put texts together'
      : operator === '%' && typeof left === 'string'
        ? 'write the text with ~'
        : 'convert one of the two',
  );
}

function arithmetic(operator: BinaryOperator, left: number | bigint, right: number | bigint): Value {
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    if (operator === '+') return integer(left + right);
    if (operator === '-') return integer(left - right);
    if (operator === '*') return integer(left * right);
    if (operator === '**' && right >= 0n) {
      if (right > 63n && left > 1n) throw new ValueError('the number is too large', 'stay below 2 to the 63');
      return integer(right > 63n ? left ** (right % 2n) : left ** right);
    }
    if ((operator === '//' || operator === '%') && right !== 0n) {
      const quotient = floorDivide(left, right);
      return operator === '//' ? quotient : left - quotient * right;
    }
  }
  const [a, b] = [Number(left), Number(right)];
  if (b === 0 && (operator === '/' || operator === '//' || operator === '%')) {
    throw new ValueError('a number is divided by zero', 'correct the arithmetic');
  }
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '//':
      return Math.floor(a / b);
    case '%':
      return a - Math.floor(a / b) * b;
    case '**':
      return a ** b;
    case '~':
      return `${a}${b}`;
  }
}

function add(left: Value, right: Value, budget: Budget): Value | undefined {
  if (typeof left === 'string' && typeof right === 'string') {
    budget.allow(left.length + right.length);
    return left + right;
  }
  if (left instanceof TemplateDate && right instanceof TemplateDuration) return left.plus(right.micros);
  if (left instanceof TemplateDuration && right instanceof TemplateDate) return right.plus(left.micros);
  if (left instanceof TemplateDuration && right instanceof TemplateDuration) {
    return new TemplateDuration(left.micros + right.micros);
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    budget.allow(left.length + right.length);
    budget.spend(left.length + right.length);
    return [...(left as readonly Value[]), ...(right as readonly Value[])];
  }
  return undefined;
}

function subtract(left: Value, right: Value): Value | undefined {
  if (left instanceof TemplateDate && right instanceof TemplateDuration) return left.plus(-right.micros);
  if (left instanceof TemplateDate && right instanceof TemplateDate) {
    return new TemplateDuration(left.micros - right.micros);
  }
  if (left instanceof TemplateDuration && right instanceof TemplateDuration) {
    return new TemplateDuration(left.micros - right.micros);
  }
  return undefined;
}

function repeat(value: Value, times: Value, budget: Budget): Value | undefined {
  if (typeof times !== 'bigint') return undefined;
  const count = Number(times < 0n ? 0n : times);
  if (typeof value === 'string') {
    budget.allow(value.length * count);
    return value.repeat(value === '' ? 0 : count);
  }
  return value instanceof TemplateDuration ? new TemplateDuration(value.micros * times) : undefined;
}

/** Compares two values; only what can be ordered is ordered. */
export function compare(operator: CompareOperator, left: Value, right: Value, budget: Budget): boolean {
  for (const side of [left, right]) if (side instanceof Undefined) throw new ValueError(side.what, side.mend);
  switch (operator) {
    case '==':
      return equal(left, right, budget);
    case '!=':
      return !equal(left, right, budget);
    case 'in':
      return contains(right, left, budget);
    case 'not in':
      return !contains(right, left, budget);
    case '<':
      return order(left, right) < 0;
    case '<=':
      return order(left, right) <= 0;
    case '>':
      return order(left, right) > 0;
    case '>=':
      return order(left, right) >= 0;
  }
}

function order(left: Value, right: Value): number {
  const comparable = (
    a: Value,
    b: Value,
  ): readonly [bigint | number | string, bigint | number | string] | undefined => {
    if (isNumber(a) && isNumber(b)) return [a, b];
    if (typeof a === 'string' && typeof b === 'string') return [a, b];
    if (a instanceof TemplateDate && b instanceof TemplateDate) return [a.micros, b.micros];
    if (a instanceof TemplateDuration && b instanceof TemplateDuration) return [a.micros, b.micros];
    return undefined;
  };
  const pair = comparable(left, right);
  if (pair === undefined) {
    throw new ValueError(`${kindOf(left)} and ${kindOf(right)} have no order`, 'compare values of one kind');
  }
  const [a, b] = pair;
  return a < b ? -1 : a > b ? 1 : 0;
}

export function equal(left: Value, right: Value, budget: Budget): boolean {
  budget.spend(1);
  if (isNumber(left) && isNumber(right))
    return Number(left) === Number(right) && (typeof left !== typeof right || left === right);
  if (left instanceof TemplateDate && right instanceof TemplateDate) return left.micros === right.micros;
  if (left instanceof TemplateDuration && right instanceof TemplateDuration) return left.micros === right.micros;
  if (Array.isArray(left) && Array.isArray(right)) {
    const [a, b] = [left as readonly Value[], right as readonly Value[]];
    return a.length === b.length && a.every((item, index) => equal(item, b[index] ?? null, budget));
  }
  return left === right;
}

function contains(container: Value, item: Value, budget: Budget): boolean {
  if (typeof container === 'string' && typeof item === 'string') {
    budget.allow(container.length);
    return container.includes(item);
  }
  if (Array.isArray(container)) return (container as readonly Value[]).some(member => equal(member, item, budget));
  if (container instanceof Map && typeof item === 'string') return container.has(item);
  throw new ValueError(
    `${kindOf(container)} holds no ${kindOf(item).replace(/^an? /, '')}`,
    'ask a list, a mapping or a text',
  );
}
