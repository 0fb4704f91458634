import type { Expr } from 'sql-parser-cst';
import { quoted } from '../names.ts';
import type { Located } from './errors.ts';
import type { SqlType } from './sql-type.ts';

/** A translated expression: DuckDB's SQL, always safe to put between operators, and GoogleSQL's type. */
export interface Expression {
  readonly sql: string;
  readonly type: SqlType;
  /** Where it stands in the text. */
  readonly node: Located;
  /** Literals and parameters coerce to more types than other expressions do. */
  readonly literal?: 'NULL' | 'STRING' | 'INT64' | 'FLOAT64' | 'EMPTY_ARRAY' | 'PARAMETER';
  /** Of a string literal or a parameter: its value, where it is known. */
  readonly value?: unknown;
  /** The elements or fields of a literal array or struct: a literal coerces part by part. */
  readonly parts?: readonly Expression[];
  /** The name that a column of a result gets when none is given. */
  readonly name?: string;
}

/** A syntax node that may stand where an expression may. */
export type ExpressionNode = Expr;

/** Writes a text as a DuckDB literal. */
export function stringSql(text: string): string {
  const plain = (part: string) => `'${part.replaceAll("'", "''")}'`;
  // DuckDB's parser ends a statement at a NUL.
  return text.includes('\0') ? `(${text.split('\0').map(plain).join(' || chr(0) || ')})` : plain(text);
}

export const isNullLiteral = (expression: Expression) => expression.literal === 'NULL';

/** Says whether DuckDB may answer differently each time it is evaluated. */
export const isVolatile = (sql: string) => /\b(?:random|uuid)\(\)/.test(sql);

/** SQL short enough to be repeated, so that nesting does not make it grow without bound. */
const isShort = (sql: string) => sql.length <= 60 && !sql.includes('SELECT') && !isVolatile(sql);

/**
 * Evaluates `values` once and gives names for them to `body`. Short ones are repeated as they are; the rest go through
 * a lambda, which DuckDB calls with a struct of the values. Names of lambdas have a dollar, as no column has.
 */
export function bind(values: readonly string[], body: (names: string[]) => string): string {
  return values.every(isShort) ? body([...values]) : bindAlways(values, body);
}

/** As `bind`, with every value outside of what `body` makes of it: TRY then does not reach the values. */
export function bindAlways(values: readonly string[], body: (names: string[]) => string): string {
  if (values.length === 0) return body([]);
  const fields = values.map((value, index) => `a${index} := ${value}`).join(', ');
  return `list_transform([struct_pack(${fields})], lambda "$s": ${body(values.map((_, index) => `"$s".a${index}`))})[1]`;
}

/** A field of a struct, by its name in DuckDB. */
export const fieldSql = (struct: string, field: string) => `struct_extract(${struct}, ${stringSql(field)})`;

export const structSql = (fields: readonly (readonly [string, string])[]) =>
  `struct_pack(${fields.map(([name, value]) => `${quoted(name)} := ${value}`).join(', ')})`;

/** An error at run time, as BigQuery raises it. */
export const errorSql = (message: string) => `error(${stringSql(message)})`;
