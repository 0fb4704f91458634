import type { BlobLiteral, Literal, NumberLiteral, StringLiteral } from 'sql-parser-cst';
import { parseDecimal } from '../values/decimal.ts';
import { bignumericSql } from './bignumeric.ts';
import { coerce } from './coercion.ts';
import type { Complaints, Located } from './errors.ts';
import { type Expression, stringSql } from './expression.ts';
import { type ScalarName, scalar } from './sql-type.ts';

const simpleEscapes: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  '?': 63,
  '"': 34,
  "'": 39,
  '`': 96,
};
const escape = /\\(?:([0-3][0-7]{2})|[xX]([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([\s\S]))/g;

/** What stands between the quotes, and whether it is raw. The parser itself does not undo escapes. */
function unquote(text: string): { readonly body: string; readonly raw: boolean } {
  const prefix = /^[rRbB]*/.exec(text)?.[0] ?? '';
  const quoted = text.slice(prefix.length);
  const quotes = /^(?:'''|""")/.test(quoted) ? 3 : 1;
  return { body: quoted.slice(quotes, -quotes).replace(/\r\n?/g, '\n'), raw: /r/i.test(prefix) };
}

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#escape_sequences */
function unescape(
  complain: Complaints,
  body: string,
  node: Located,
  character: (code: number, wide: boolean) => string,
): string {
  return body.replace(
    escape,
    (sequence, octal?: string, hex?: string, short?: string, long?: string, simple?: string) => {
      const wide = short ?? long;
      if (wide !== undefined) return character(Number.parseInt(wide, 16), true);
      if (octal !== undefined) return character(Number.parseInt(octal, 8), false);
      if (hex !== undefined) return character(Number.parseInt(hex, 16), false);
      const code = simpleEscapes[simple ?? ''];
      return code === undefined
        ? complain.invalid(node, `Illegal escape sequence: ${sequence}`)
        : character(code, false);
    },
  );
}

/** The value of a string literal, in any of its forms. */
export function textOf(complain: Complaints, node: StringLiteral): string {
  const { body, raw } = unquote(node.text);
  return raw ? body : unescape(complain, body, node, code => String.fromCodePoint(code));
}

function bytesOf(complain: Complaints, node: BlobLiteral): Buffer {
  const { body, raw } = unquote(node.text);
  if (raw) return Buffer.from(body);
  const parts: Buffer[] = [];
  let done = 0;
  for (const match of body.matchAll(escape)) {
    parts.push(Buffer.from(body.slice(done, match.index)));
    const wide = match[3] !== undefined || match[4] !== undefined;
    if (wide)
      complain.invalid(node, 'Illegal escape sequence: Unicode escape sequence cannot be used in bytes literals');
    unescape(complain, match[0], node, code => {
      parts.push(Buffer.from([code]));
      return '';
    });
    done = match.index + match[0].length;
  }
  return Buffer.concat([...parts, Buffer.from(body.slice(done))]);
}

const maxInt64 = 9223372036854775807n;

/** A number literal; `negative` when a minus stands before it. */
export function numberExpression(complain: Complaints, node: NumberLiteral, negative = false): Expression {
  const { text } = node;
  const sign = negative ? '-' : '';
  if (!/^(?:0[xX][0-9A-Fa-f]+|\d+)$/.test(text)) {
    return {
      sql: `CAST('${sign}${text}' AS DOUBLE)`,
      type: scalar('FLOAT64'),
      node,
      literal: 'FLOAT64',
      value: `${sign}${text}`,
    };
  }
  const value = negative ? -BigInt(text) : BigInt(text);
  if (value > maxInt64 || value < -maxInt64 - 1n) complain.invalid(node, `Invalid integer literal: ${sign}${text}`);
  // The smallest number is no DuckDB literal, since its sign is an operator there too.
  const sql = value < -maxInt64 ? `CAST('${value}' AS BIGINT)` : `CAST(${value} AS BIGINT)`;
  return { sql, type: scalar('INT64'), node, literal: 'INT64', value };
}

export function literalExpression(complain: Complaints, node: Literal): Expression {
  switch (node.type) {
    case 'string_literal': {
      const value = textOf(complain, node);
      return { sql: stringSql(value), type: scalar('STRING'), node, literal: 'STRING', value };
    }
    case 'number_literal':
      return numberExpression(complain, node);
    case 'blob_literal': {
      const hex = bytesOf(complain, node).toString('hex');
      return { sql: `unhex('${hex}')`, type: scalar('BYTES'), node };
    }
    case 'boolean_literal':
      return { sql: String(node.value), type: scalar('BOOL'), node, value: node.value };
    case 'null_literal':
      return { sql: 'CAST(NULL AS BIGINT)', type: scalar('INT64'), node, literal: 'NULL' };
    case 'date_literal':
      return typedText(complain, 'DATE', node.string);
    case 'time_literal':
      return typedText(complain, 'TIME', node.string);
    case 'datetime_literal':
      return typedText(complain, 'DATETIME', node.string);
    case 'timestamp_literal':
      return typedText(complain, 'TIMESTAMP', node.string);
    case 'numeric_literal':
      return numeric(complain, node.string);
    case 'bignumeric_literal':
      return bignumeric(complain, node.string);
    case 'json_literal':
      return json(complain, node.string);
    default:
      return complain.unsupported(node, `A literal of type ${node.type}`);
  }
}

function typedText(complain: Complaints, kind: ScalarName, node: StringLiteral): Expression {
  const text = literalExpression(complain, node);
  return { sql: coerce(complain, text, scalar(kind), `The ${kind} literal`), type: scalar(kind), node };
}

function numeric(complain: Complaints, node: StringLiteral): Expression {
  const value = textOf(complain, node).trim();
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(value))
    complain.invalid(node, `Invalid NUMERIC value: ${value}`);
  return { sql: `CAST(${stringSql(value)} AS DECIMAL(38,9))`, type: scalar('NUMERIC'), node };
}

function bignumeric(complain: Complaints, node: StringLiteral): Expression {
  const value = textOf(complain, node).trim();
  const scaled = parseDecimal('BIGNUMERIC', value);
  if (scaled === undefined) return complain.invalid(node, `Invalid BIGNUMERIC value: ${value}`);
  return { sql: bignumericSql(scaled), type: scalar('BIGNUMERIC'), node };
}

function json(complain: Complaints, node: StringLiteral): Expression {
  const value = textOf(complain, node);
  try {
    JSON.parse(value);
  } catch (error) {
    complain.invalid(node, `Invalid JSON literal: ${error instanceof Error ? error.message : String(error)}`);
  }
  return { sql: `CAST(json(${stringSql(value)}) AS JSON)`, type: scalar('JSON'), node };
}
