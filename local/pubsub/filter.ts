import { invalidArgument } from './pubsub-error.ts';

/** Says whether a message with these attributes passes a subscription's filter. */
export type Filter = (attributes: Readonly<Record<string, string>>) => boolean;

/** https://cloud.google.com/pubsub/docs/subscription-message-filter#filtering_syntax */
const maximumBytes = 256;

type Token = { readonly kind: 'word' | 'string' | 'symbol' | 'end'; readonly text: string; readonly at: number };

/**
 * Parses a filter: `attributes:key`, `attributes.key = "v"`, `!=`, `hasPrefix(attributes.key, "p")`, joined by `AND`,
 * `OR`, `NOT` (or `-`) and parentheses. A key that is not letters, digits, `-` and `_` is written as a string. `AND` and
 * `OR` do not mix without parentheses. The empty filter passes everything.
 * Throws INVALID_ARGUMENT with the place for anything else.
 */
export function parseFilter(source: string): Filter {
  if (source.trim() === '') return () => true;
  if (Buffer.byteLength(source) > maximumBytes) throw refused(source, `it is longer than ${maximumBytes} bytes`);
  const tokens = tokenise(source);
  let position = 0;
  const peek = (): Token => tokens[position] ?? { kind: 'end', text: '', at: source.length };
  const next = (): Token => {
    const token = peek();
    position += 1;
    return token;
  };
  const unexpected = (token: Token, wanted: string) =>
    refused(
      source,
      `at position ${token.at + 1}: expected ${wanted}, found ${token.text === '' ? 'the end' : token.text}`,
    );
  const expect = (symbol: string) => {
    const token = next();
    if (token.kind !== 'symbol' || token.text !== symbol) throw unexpected(token, `"${symbol}"`);
  };
  const isWord = (text: string) => peek().kind === 'word' && peek().text === text;
  const isSymbol = (text: string) => peek().kind === 'symbol' && peek().text === text;

  const expression = (): Filter => {
    const operands = [term()];
    const operator = isWord('AND') || isWord('OR') ? peek().text : undefined;
    while (operator !== undefined && isWord(operator)) {
      next();
      operands.push(term());
    }
    if (isWord('AND') || isWord('OR')) throw refused(source, 'AND and OR are combined without parentheses');
    return operator === 'OR'
      ? attributes => operands.some(operand => operand(attributes))
      : attributes => operands.every(operand => operand(attributes));
  };

  const term = (): Filter => {
    if (isWord('NOT') || isSymbol('-')) {
      next();
      const operand = term();
      return attributes => !operand(attributes);
    }
    if (!isSymbol('(')) return comparison();
    next();
    const inner = expression();
    expect(')');
    return inner;
  };

  const comparison = (): Filter => {
    if (isWord('hasPrefix')) {
      next();
      expect('(');
      const key = member();
      expect(',');
      const prefix = string();
      expect(')');
      return attributes => own(attributes, key)?.startsWith(prefix) ?? false;
    }
    if (isWord('attributes') && tokens[position + 1]?.text === ':') {
      position += 2;
      const key = keyName();
      return attributes => own(attributes, key) !== undefined;
    }
    const key = member();
    const operator = next();
    if (operator.kind !== 'symbol' || (operator.text !== '=' && operator.text !== '!=')) {
      throw unexpected(operator, '"=" or "!="');
    }
    const value = string();
    return operator.text === '='
      ? attributes => own(attributes, key) === value
      : attributes => own(attributes, key) !== value;
  };

  const member = (): string => {
    const token = next();
    if (token.kind !== 'word' || token.text !== 'attributes') throw unexpected(token, '"attributes" or "hasPrefix"');
    expect('.');
    return keyName();
  };

  const keyName = (): string => {
    const token = next();
    if (token.kind !== 'word' && token.kind !== 'string') throw unexpected(token, 'a key');
    return token.text;
  };

  const string = (): string => {
    const token = next();
    if (token.kind !== 'string') throw unexpected(token, 'a string in quotation marks');
    return token.text;
  };

  const filter = expression();
  if (peek().kind !== 'end') throw unexpected(peek(), 'AND, OR or the end');
  return filter;
}

const own = (attributes: Readonly<Record<string, string>>, key: string) =>
  Object.hasOwn(attributes, key) ? attributes[key] : undefined;

function tokenise(source: string): Token[] {
  // A leading hyphen negates; within a word it belongs to the key.
  const pattern = /\s+|([A-Za-z0-9_][A-Za-z0-9_-]*)|("(?:[^"\\]|\\.)*")|(!=|[:=.,()-])/gy;
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (!match) throw refused(source, `at position ${at + 1}: unexpected ${source.charAt(at)}`);
    const [whole, word, quoted, symbol] = match;
    if (word !== undefined) tokens.push({ kind: 'word', text: word, at });
    else if (quoted !== undefined) tokens.push({ kind: 'string', text: unquote(quoted), at });
    else if (symbol !== undefined) tokens.push({ kind: 'symbol', text: symbol, at });
    at += whole.length;
  }
  return tokens;
}

const control: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

function unquote(quoted: string): string {
  return quoted
    .slice(1, -1)
    .replace(
      /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([0-7]{3})|(.))/g,
      (_, unicode?: string, hex?: string, octal?: string, plain?: string) => {
        const code = unicode ?? hex;
        if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
        if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
        return control[plain ?? ''] ?? plain ?? '';
      },
    );
}

const refused = (source: string, why: string) => invalidArgument(`Invalid filter given (filter=${source}): ${why}.`);
