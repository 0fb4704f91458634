import { type Place, TemplateError } from './template-error.ts';

/** A piece of a template: text that is printed as it is, or the tokens between a pair of delimiters. */
export type Piece =
  | { readonly type: 'text'; readonly text: string }
  | ({ readonly type: 'print' } & Delimited)
  | ({ readonly type: 'statement' } & Delimited);

interface Delimited {
  readonly tokens: readonly Token[];
  readonly at: Place;
  readonly end: Place;
}

export interface Token {
  readonly type: 'name' | 'integer' | 'float' | 'string' | 'operator';
  /** Of a string what it stands for, else as it was written. */
  readonly text: string;
  readonly at: Place;
}

const openings = { '{{': 'print', '{%': 'statement', '{#': 'comment' } as const;
const closings = { print: '}}', statement: '%}', comment: '#}' } as const;
const operators = ['**', '//', '==', '!=', '>=', '<=', ...Array.from('+-*/%~<>=.,:|()[]{}')];
const closers: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/** Splits a template as Jinja does: whitespace next to a delimiter's hyphen goes, and so does the last line's end. */
export function splitTemplate(template: string): Piece[] {
  const source = template.replace(/\r?\n$/, '');
  const placeOf = createPlaces(source);
  const pieces: Piece[] = [];
  let position = 0;
  let trimNext = false;

  const pushText = (from: number, to: number, trimEnd: boolean) => {
    let text = source.slice(from, to);
    if (trimNext) text = text.trimStart();
    if (trimEnd) text = text.trimEnd();
    if (text !== '') pieces.push({ type: 'text', text });
    trimNext = false;
  };

  for (;;) {
    const start = nextOpening(source, position);
    if (start === -1) {
      pushText(position, source.length, false);
      return pieces;
    }
    const type = openings[source.slice(start, start + 2) as keyof typeof openings];
    const at = placeOf(start);
    const trimBefore = source[start + 2] === '-';
    pushText(position, start, trimBefore);
    const inside = start + 2 + (trimBefore ? 1 : 0);
    const closing = closings[type];
    if (type === 'comment') {
      const end = source.indexOf(closing, inside);
      if (end === -1) throw unclosed(at, closing);
      trimNext = source[end - 1] === '-';
      position = end + 2;
      continue;
    }
    const { tokens, end, trim } = readTokens(source, inside, closing, placeOf, at);
    trimNext = trim;
    position = end;
    if (type === 'statement' && tokens.length === 1 && tokens[0]?.text === 'raw') {
      const ending = /\{%-?\s*endraw\s*(-?)%\}/g;
      ending.lastIndex = position;
      const found = ending.exec(source);
      if (found === null) throw new TemplateError('"raw" has no end', 'write {% endraw %} after it', at);
      pushText(position, found.index, found[0][2] === '-');
      trimNext = found[1] === '-';
      position = found.index + found[0].length;
      continue;
    }
    pieces.push({ type, tokens, at, end: placeOf(end - 2) });
  }
}

function nextOpening(source: string, from: number): number {
  for (let at = source.indexOf('{', from); at !== -1; at = source.indexOf('{', at + 1)) {
    if (source.slice(at, at + 2) in openings) return at;
  }
  return -1;
}

function readTokens(source: string, from: number, closing: string, placeOf: (offset: number) => Place, opened: Place) {
  const tokens: Token[] = [];
  const open: string[] = [];
  let position = from;
  while (position < source.length) {
    const letter = source[position] ?? '';
    if (/\s/.test(letter)) {
      position += 1;
      continue;
    }
    if (open.length === 0) {
      if (source.startsWith(closing, position)) return { tokens, end: position + 2, trim: false };
      if (source.startsWith(`-${closing}`, position)) return { tokens, end: position + 3, trim: true };
    }
    const at = placeOf(position);
    const read = readToken(source, position, at);
    if (read === undefined) {
      throw new TemplateError(`"${letter}" means nothing here`, 'write an expression as in Python', at);
    }
    const { token, end } = read;
    if (token.type === 'operator') {
      const closer = closers[token.text];
      if (closer !== undefined) open.push(closer);
      else if (token.text === open.at(-1)) open.pop();
    }
    tokens.push(token);
    position = end;
  }
  throw unclosed(opened, closing);
}

function readToken(source: string, position: number, at: Place): { token: Token; end: number } | undefined {
  const letter = source[position] ?? '';
  if (letter === '"' || letter === "'") return readString(source, position, at);
  const matched = (pattern: RegExp) => {
    pattern.lastIndex = position;
    return pattern.exec(source)?.[0];
  };
  const name = matched(/[\p{L}_][\p{L}\p{N}_]*/uy);
  if (name !== undefined) return { token: { type: 'name', text: name, at }, end: position + name.length };
  const number = matched(/\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?/y);
  if (number !== undefined) {
    const type = /[.eE]/.test(number) ? 'float' : 'integer';
    return { token: { type, text: number.replaceAll('_', ''), at }, end: position + number.length };
  }
  const operator = operators.find(candidate => source.startsWith(candidate, position));
  if (operator === undefined) return undefined;
  return { token: { type: 'operator', text: operator, at }, end: position + operator.length };
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', "'": "'", '"': '"' };

function readString(source: string, start: number, at: Place): { token: Token; end: number } {
  const quote = source[start];
  let text = '';
  for (let position = start + 1; position < source.length; position++) {
    const letter = source[position] ?? '';
    if (letter === quote) return { token: { type: 'string', text, at }, end: position + 1 };
    if (letter === '\\') {
      const escaped = source[position + 1] ?? '';
      text += Object.hasOwn(escapes, escaped) ? (escapes[escaped] ?? '') : `\\${escaped}`;
      position += 1;
    } else {
      text += letter;
    }
  }
  throw new TemplateError('a text has no end', `close it with ${String(quote)}`, at);
}

const unclosed = (at: Place, closing: string) =>
  new TemplateError('what is opened here has no end', `close it with ${closing}`, at);

/** Turns offsets into places; offsets mostly grow, so that the lines are not counted from the start each time. */
function createPlaces(source: string): (offset: number) => Place {
  const starts = [0];
  for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) starts.push(at + 1);
  let line = 1;
  return offset => {
    while (line < starts.length && (starts[line] ?? 0) <= offset) line += 1;
    while (line > 1 && (starts[line - 1] ?? 0) > offset) line -= 1;
    return { line, column: offset - (starts[line - 1] ?? 0) + 1 };
  };
}
