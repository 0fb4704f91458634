import { concatenation } from '../operators.ts';
import { arrayOf, scalar } from '../sql-type.ts';
import {
  argumentsOf,
  checkCount,
  type FunctionImplementation,
  type FunctionTable,
  noMatch,
  notSupported,
  overloads,
  simple,
} from './call.ts';
import { format } from './format.ts';

/** Where SUBSTR starts, from 1: 0 is 1, a negative position counts from the end and stops at the start. */
const startOf = (position: string, length: string) =>
  `(CASE WHEN ${position} > 0 THEN ${position} WHEN ${position} = 0 THEN 1 ELSE greatest(${length} + ${position} + 1, 1) END)`;

/** DuckDB slices a BLOB from 1 to an end; the end is bounded so that it cannot overflow. */
const substring: FunctionImplementation = overloads(
  {
    args: 'STRING INT64',
    returns: 'STRING',
    sql: ([s = '', p = '']) => `substring(${s}, ${startOf(p, `length(${s})`)})`,
  },
  {
    args: 'STRING INT64 INT64',
    returns: 'STRING',
    sql: ([s = '', p = '', n = ''], fail) =>
      `(CASE WHEN ${n} < 0 THEN ${fail('Third argument in SUBSTR() cannot be negative')} ` +
      `ELSE substring(${s}, ${startOf(p, `length(${s})`)}, least(${n}, 4294967295)) END)`,
  },
  {
    args: 'BYTES INT64',
    returns: 'BYTES',
    sql: ([b = '', p = '']) => `array_slice(${b}, ${startOf(p, `octet_length(${b})`)}, octet_length(${b}))`,
  },
  {
    args: 'BYTES INT64 INT64',
    returns: 'BYTES',
    sql: ([b = '', p = '', n = ''], fail) =>
      `(CASE WHEN ${n} < 0 THEN ${fail('Third argument in SUBSTR() cannot be negative')} ` +
      `WHEN ${n} = 0 THEN ''::BLOB ELSE array_slice(${b}, ${startOf(p, `octet_length(${b})`)}, ${startOf(p, `octet_length(${b})`)} + least(${n}, 4294967295) - 1) END)`,
  },
);

const concat: FunctionImplementation = call => {
  const args = argumentsOf(call);
  const [first, ...rest] = args;
  if (first === undefined) return noMatch(call, args);
  const whole = rest.reduce((left, right) => concatenation(call.t.complain, left, right, call.node), first);
  return whole.type.kind === 'STRING' || whole.type.kind === 'BYTES'
    ? { ...whole, node: call.node }
    : noMatch(call, args);
};

/** What BigQuery takes for a blank at the ends of a text. */
const blank = String.raw`[\s\v\x{85}\p{Z}]+`;

const trimmed = (side: 'trim' | 'ltrim' | 'rtrim'): FunctionImplementation => {
  const pattern = { trim: `^${blank}|${blank}$`, ltrim: `^${blank}`, rtrim: `${blank}$` }[side];
  return overloads(
    { args: 'STRING', returns: 'STRING', sql: ([s = '']) => `regexp_replace(${s}, '${pattern}', '', 'g')` },
    { args: 'STRING STRING', returns: 'STRING', sql: ([s = '', set = '']) => `${side}(${s}, ${set})` },
  );
};

const ends = (side: 'left' | 'right'): FunctionImplementation =>
  simple(
    'STRING INT64',
    'STRING',
    ([s = '', n = ''], fail) =>
      `(CASE WHEN ${n} < 0 THEN ${fail(`Second argument in ${side.toUpperCase()}() cannot be negative`)} ELSE ${side}(${s}, ${n}) END)`,
  );

const padded = (side: 'lpad' | 'rpad'): FunctionImplementation => {
  const sql = (s: string, n: string, pad: string, fail: (message: string) => string) =>
    `(CASE WHEN ${n} < 0 THEN ${fail(`Second argument in ${side.toUpperCase()}() cannot be negative`)} ` +
    `WHEN ${pad} = '' THEN ${fail(`Third argument in ${side.toUpperCase()}() cannot be empty`)} ELSE ${side}(${s}, CAST(${n} AS INTEGER), ${pad}) END)`;
  return overloads(
    { args: 'STRING INT64', returns: 'STRING', sql: ([s = '', n = ''], fail) => sql(s, n, "' '", fail) },
    { args: 'STRING INT64 STRING', returns: 'STRING', sql: ([s = '', n = '', pad = ''], fail) => sql(s, n, pad, fail) },
  );
};

/** The characters of a text, where DuckDB's split and reverse go by what a reader takes for one. */
const characters = (s: string, order: 'up' | 'down') =>
  `list_transform(range(1, length(${s}) + 1), lambda "$i": substring(${s}, ${order === 'up' ? '"$i"' : `length(${s}) + 1 - "$i"`}, 1))`;

const split: FunctionImplementation = call => {
  checkCount(call, 1, 2);
  const delimiter = call.nodes.length === 2 ? call.arg(1) : undefined;
  const strings = overloads(
    { args: 'STRING', returns: arrayOf(scalar('STRING')), sql: ([s = '']) => `string_split(${s}, ',')` },
    {
      args: 'STRING STRING',
      returns: arrayOf(scalar('STRING')),
      sql: ([s = '', d = '']) => {
        const known = delimiter?.literal === 'STRING' && delimiter.value !== '';
        if (known) return `string_split(${s}, ${d})`;
        return `(CASE WHEN ${d} = '' AND ${s} <> '' THEN ${characters(s, 'up')} ELSE string_split(${s}, ${d}) END)`;
      },
    },
  );
  return strings(call);
};

const oneText = (sql: (s: string) => string) => simple('STRING', 'STRING', ([s = '']) => sql(s));

export const stringFunctions: FunctionTable = {
  ASCII: simple('STRING', 'INT64', ([s = '']) => `CAST(ascii(${s}) AS BIGINT)`),
  BYTE_LENGTH: overloads(
    { args: 'STRING', returns: 'INT64', sql: ([s = '']) => `strlen(${s})` },
    { args: 'BYTES', returns: 'INT64', sql: ([b = '']) => `octet_length(${b})` },
  ),
  CHAR_LENGTH: simple('STRING', 'INT64', ([s = '']) => `length(${s})`),
  CHR: simple(
    'INT64',
    'STRING',
    ([n = ''], fail) =>
      `(CASE WHEN ${n} = 0 THEN '' WHEN ${n} < 0 OR ${n} > 1114111 OR ${n} BETWEEN 55296 AND 57343 THEN ${fail('Invalid codepoint')} ELSE chr(CAST(${n} AS INTEGER)) END)`,
  ),
  CONCAT: concat,
  ENDS_WITH: simple('STRING STRING', 'BOOL', ([s = '', part = '']) => `suffix(${s}, ${part})`),
  FORMAT: format,
  FROM_BASE64: simple('STRING', 'BYTES', ([s = '']) => `from_base64(${s})`),
  FROM_HEX: simple(
    'STRING',
    'BYTES',
    ([s = '']) => `unhex(CASE WHEN length(${s}) % 2 = 1 THEN '0' || ${s} ELSE ${s} END)`,
  ),
  INITCAP: notSupported(),
  INSTR: simple('STRING STRING', 'INT64', ([s = '', part = '']) => `strpos(${s}, ${part})`),
  LEFT: ends('left'),
  LENGTH: overloads(
    { args: 'STRING', returns: 'INT64', sql: ([s = '']) => `length(${s})` },
    { args: 'BYTES', returns: 'INT64', sql: ([b = '']) => `octet_length(${b})` },
  ),
  LOWER: oneText(s => `lower(${s})`),
  LPAD: padded('lpad'),
  LTRIM: trimmed('ltrim'),
  REPEAT: simple(
    'STRING INT64',
    'STRING',
    ([s = '', n = ''], fail) =>
      `(CASE WHEN ${n} < 0 THEN ${fail('Second argument in REPEAT() cannot be negative')} ELSE repeat(${s}, ${n}) END)`,
  ),
  REPLACE: simple(
    'STRING STRING STRING',
    'STRING',
    ([s = '', from = '', to = '']) => `(CASE WHEN ${from} = '' THEN ${s} ELSE replace(${s}, ${from}, ${to}) END)`,
  ),
  REVERSE: oneText(s => `array_to_string(${characters(s, 'down')}, '')`),
  RIGHT: ends('right'),
  RPAD: padded('rpad'),
  RTRIM: trimmed('rtrim'),
  // DuckDB would replace what is no UTF-8 by a question mark; this raises.
  SAFE_CONVERT_BYTES_TO_STRING: simple('BYTES', 'STRING', ([b = '']) => `decode(${b})`),
  SPLIT: split,
  STARTS_WITH: simple('STRING STRING', 'BOOL', ([s = '', part = '']) => `prefix(${s}, ${part})`),
  STRPOS: simple('STRING STRING', 'INT64', ([s = '', part = '']) => `strpos(${s}, ${part})`),
  SUBSTR: substring,
  TO_BASE64: simple('BYTES', 'STRING', ([b = '']) => `to_base64(${b})`),
  TO_HEX: simple('BYTES', 'STRING', ([b = '']) => `lower(hex(${b}))`),
  TRANSLATE: simple(
    'STRING STRING STRING',
    'STRING',
    ([s = '', from = '', to = '']) => `translate(${s}, ${from}, ${to})`,
  ),
  TRIM: trimmed('trim'),
  UNICODE: simple(
    'STRING',
    'INT64',
    ([s = '']) => `(CASE WHEN ${s} = '' THEN 0 ELSE CAST(unicode(${s}) AS BIGINT) END)`,
  ),
  UPPER: oneText(s => `upper(${s})`),
};

/** Other names for the same functions. */
export const stringAliases: Readonly<Record<string, string>> = {
  CHARACTER_LENGTH: 'CHAR_LENGTH',
  OCTET_LENGTH: 'BYTE_LENGTH',
  SUBSTRING: 'SUBSTR',
};
