import { didYouMean } from '../../suggest.ts';
import type { Token } from './lexer.ts';
import type { Arguments, BinaryOperator, CompareOperator, Expression } from './syntax.ts';
import { type Place, TemplateError } from './template-error.ts';

/** Nesting beyond this is no query's, and would exhaust the stack. */
const maxDepth = 50;

/** Bounds the depth of what is parsed, since operators in a row nest too. */
const maxTokens = 1000;

/** Digits of the largest integers. */
const maxDigits = 18;

const constants: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['True', true],
  ['false', false],
  ['False', false],
  ['none', null],
  ['None', null],
]);

const keywords: ReadonlySet<string> = new Set(['and', 'or', 'not', 'in', 'is', 'if', 'else']);
const comparisons: readonly string[] = ['==', '!=', '<', '<=', '>', '>='] satisfies CompareOperator[];

/** The parser of what is between two delimiters, by Jinja's grammar of expressions. */
export function createParser(tokens: readonly Token[], end: Place) {
  const tooMany = tokens[maxTokens];
  if (tooMany !== undefined) {
    throw new TemplateError('the expression is too long', 'split it with {% set %}', tooMany.at);
  }
  let position = 0;
  let depth = 0;

  const here = (): Place => tokens[position]?.at ?? end;
  const peekText = (offset = 0) => {
    const token = tokens[position + offset];
    return token === undefined || token.type === 'string' ? undefined : token.text;
  };
  const accept = (text: string): boolean => {
    if (peekText() !== text) return false;
    position += 1;
    return true;
  };
  const unexpected = (wanted: string): TemplateError => {
    const token = tokens[position];
    return new TemplateError(
      token === undefined ? 'the expression ends too early' : `"${token.text}" does not belong here`,
      `write ${wanted}`,
      here(),
    );
  };
  const expect = (text: string): void => {
    if (!accept(text)) throw unexpected(`"${text}"`);
  };
  const name = (wanted: string): string => {
    const token = tokens[position];
    if (token?.type !== 'name' || keywords.has(token.text)) throw unexpected(wanted);
    position += 1;
    return token.text;
  };

  function expression(): Expression {
    depth += 1;
    if (depth > maxDepth)
      throw new TemplateError('the expression is nested too deeply', 'split it with {% set %}', here());
    const at = here();
    let value = or();
    while (accept('if')) {
      const test = or();
      value = { type: 'condition', at, test, then: value, otherwise: accept('else') ? expression() : undefined };
    }
    depth -= 1;
    return value;
  }

  function or(): Expression {
    const at = here();
    let left = and();
    while (accept('or')) left = { type: 'logic', at, operator: 'or', left, right: and() };
    return left;
  }

  function and(): Expression {
    const at = here();
    let left = not();
    while (accept('and')) left = { type: 'logic', at, operator: 'and', left, right: not() };
    return left;
  }

  function not(): Expression {
    const at = here();
    if (peekText() !== 'not' || peekText(1) === 'in') return compare();
    let negations = 0;
    while (accept('not')) negations += 1;
    const of = compare();
    const once: Expression = { type: 'unary', at, operator: 'not', of };
    return negations % 2 === 1 ? once : { type: 'unary', at, operator: 'not', of: once };
  }

  function compare(): Expression {
    const at = here();
    const first = sum();
    const rest: { operator: CompareOperator; right: Expression }[] = [];
    for (;;) {
      const text = peekText();
      if (text !== undefined && comparisons.includes(text)) {
        position += 1;
        rest.push({ operator: text as CompareOperator, right: sum() });
      } else if (text === 'in') {
        position += 1;
        rest.push({ operator: 'in', right: sum() });
      } else if (text === 'not' && peekText(1) === 'in') {
        position += 2;
        rest.push({ operator: 'not in', right: sum() });
      } else {
        return rest.length === 0 ? first : { type: 'compare', at, first, rest };
      }
    }
  }

  /** A level of binary operators that bind alike, from left to right. */
  const level = (operators: readonly BinaryOperator[], next: () => Expression) => (): Expression => {
    const at = here();
    let left = next();
    for (;;) {
      const operator = operators.find(candidate => candidate === peekText());
      if (operator === undefined) return left;
      position += 1;
      left = { type: 'binary', at, operator, left, right: next() };
    }
  };
  const power = level(['**'], () => unary(true));
  const product = level(['*', '/', '//', '%'], power);
  const concatenation = level(['~'], product);
  const sum = level(['+', '-'], concatenation);

  function unary(withFilters: boolean): Expression {
    const at = here();
    const operator = peekText();
    let value: Expression;
    if (operator === '-' || operator === '+') {
      position += 1;
      depth += 1;
      if (depth > maxDepth) throw unexpected('fewer signs');
      value = { type: 'unary', at, operator, of: unary(false) };
      depth -= 1;
    } else {
      value = postfix(primary());
    }
    return withFilters ? filters(value) : value;
  }

  function primary(): Expression {
    const token = tokens[position];
    const at = here();
    if (token === undefined) throw unexpected('a value');
    if (token.type === 'operator') {
      if (accept('(')) return group(at);
      if (accept('[')) return { type: 'list', at, items: items(']') };
      if (accept('{')) return mapping(at);
      throw unexpected('a value');
    }
    if (token.type === 'name' && keywords.has(token.text)) throw unexpected('a value');
    position += 1;
    switch (token.type) {
      case 'string': {
        let value = token.text;
        // As in Python, texts that follow each other are one.
        for (let next = tokens[position]; next?.type === 'string'; next = tokens[position]) {
          value += next.text;
          position += 1;
        }
        return { type: 'constant', at, value };
      }
      case 'integer':
        if (token.text.length > maxDigits) {
          throw new TemplateError('the number is too long', `write at most ${maxDigits} digits`, at);
        }
        return { type: 'constant', at, value: BigInt(token.text) };
      case 'float':
        return { type: 'constant', at, value: Number(token.text) };
      case 'name': {
        const constant = constants.get(token.text);
        return constant === undefined
          ? { type: 'name', at, name: token.text }
          : { type: 'constant', at, value: constant };
      }
    }
  }

  /** After an opening bracket: an expression, or a tuple, which is as good as a list here. */
  function group(at: Place): Expression {
    if (accept(')')) return { type: 'list', at, items: [] };
    const first = expression();
    if (accept(')')) return first;
    expect(',');
    return { type: 'list', at, items: [first, ...items(')')] };
  }

  function items(closer: string): Expression[] {
    const list: Expression[] = [];
    while (!accept(closer)) {
      list.push(expression());
      if (accept(closer)) break;
      expect(',');
    }
    return list;
  }

  function mapping(at: Place): Expression {
    const entries: (readonly [Expression, Expression])[] = [];
    while (!accept('}')) {
      const key = expression();
      expect(':');
      entries.push([key, expression()]);
      if (accept('}')) break;
      expect(',');
    }
    return { type: 'mapping', at, entries };
  }

  function postfix(start: Expression): Expression {
    let value = start;
    for (;;) {
      const at = here();
      if (accept('.')) {
        value = { type: 'attribute', at, of: value, name: name('the name of an attribute') };
      } else if (accept('[')) {
        value = subscript(value, at);
      } else if (accept('(')) {
        value = { type: 'call', at, of: value, args: callArguments() };
      } else {
        return value;
      }
    }
  }

  function subscript(of: Expression, at: Place): Expression {
    const bound = () => (peekText() === ':' || peekText() === ']' ? undefined : expression());
    const first = bound();
    if (first !== undefined && accept(']')) return { type: 'item', at, of, key: first };
    expect(':');
    const to = bound();
    const step = accept(':') ? bound() : undefined;
    expect(']');
    return { type: 'slice', at, of, from: first, to, step };
  }

  /** After the opening bracket of a call. */
  function callArguments(): Arguments {
    const positional: Expression[] = [];
    const named: { name: string; value: Expression }[] = [];
    while (!accept(')')) {
      if (tokens[position]?.type === 'name' && peekText(1) === '=') {
        const argument = name('a name');
        expect('=');
        named.push({ name: argument, value: expression() });
      } else if (named.length > 0) {
        throw unexpected('arguments without a name before those with one');
      } else {
        positional.push(expression());
      }
      if (accept(')')) break;
      expect(',');
    }
    return { positional, named };
  }

  function filters(start: Expression): Expression {
    let value = start;
    for (;;) {
      const at = here();
      if (accept('|')) {
        const filter = name('the name of a filter');
        value = { type: 'filter', at, name: filter, of: value, args: accept('(') ? callArguments() : none };
      } else if (accept('is')) {
        value = test(value, at);
      } else if (accept('(')) {
        value = { type: 'call', at, of: value, args: callArguments() };
      } else {
        return value;
      }
    }
  }

  function test(of: Expression, at: Place): Expression {
    const negated = accept('not');
    const token = tokens[position];
    if (token?.type !== 'name') throw unexpected('the name of a test, such as "defined"');
    position += 1;
    let args = none;
    if (accept('(')) args = callArguments();
    else if (startsValue()) args = { positional: [postfix(primary())], named: [] };
    return { type: 'test', at, name: token.text, of, args, negated };
  }

  /** Whether a test's argument follows without brackets, as in `is divisibleby 3`. */
  function startsValue(): boolean {
    const token = tokens[position];
    if (token === undefined) return false;
    return token.type === 'operator' ? token.text === '[' : token.type !== 'name' || !keywords.has(token.text);
  }

  return {
    expression,
    or,
    accept,
    expect,
    name,
    /** Throws when something is left over. */
    finish(): void {
      const token = tokens[position];
      if (token === undefined) return;
      const near = token.type === 'name' ? didYouMean(token.text, keywords) : undefined;
      throw near === undefined
        ? unexpected('one expression only')
        : new TemplateError(`"${token.text}" does not belong here`, near, token.at);
    },
    here,
  };
}

const none: Arguments = { positional: [], named: [] };
