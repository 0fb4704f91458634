import { isDecimal } from '../values/decimal.ts';
import { castSql, nullSql, textPatterns } from './casts.ts';
import type { Complaints, Located } from './errors.ts';
import { type Expression, stringSql, structSql } from './expression.ts';
import { duckdbType, fieldName, type ScalarName, type SqlType, sameType, scalar, typeName } from './sql-type.ts';

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_rules#coercion */
const implicit: Readonly<Partial<Record<ScalarName, readonly ScalarName[]>>> = {
  INT64: ['NUMERIC', 'BIGNUMERIC', 'FLOAT64'],
  NUMERIC: ['BIGNUMERIC', 'FLOAT64'],
  BIGNUMERIC: ['FLOAT64'],
  DATE: ['DATETIME'],
};
const fromText: readonly string[] = ['DATE', 'TIME', 'DATETIME', 'TIMESTAMP'];

/** The SQL of an expression as another type, when BigQuery converts it without CAST; otherwise undefined. */
export function coerced(expression: Expression, to: SqlType): string | undefined {
  const { type, literal, sql, parts } = expression;
  if (literal === 'NULL') return nullSql(to);
  if (literal === 'EMPTY_ARRAY' && to.kind === 'ARRAY') return `CAST([] AS ${duckdbType(to)})`;
  if (sameType(type, to)) return sql;
  if (type.kind === 'ARRAY' && to.kind === 'ARRAY') {
    const elements = parts?.map(part => coerced(part, to.element));
    return elements?.every(element => element !== undefined) ? `[${elements.join(', ')}]` : undefined;
  }
  if (type.kind === 'STRUCT' && to.kind === 'STRUCT') return coercedStruct(expression, type, to);
  if (type.kind === 'STRUCT' || type.kind === 'ARRAY' || to.kind === 'STRUCT' || to.kind === 'ARRAY') return undefined;
  const text = decimalText(expression, to);
  if (text !== undefined) return castSql(text.sql, text.type, to);
  const allowed =
    implicit[type.kind]?.includes(to.kind) === true ||
    ((literal === 'STRING' || (literal === 'PARAMETER' && type.kind === 'STRING')) && fromText.includes(to.kind));
  return allowed ? castSql(sql, type, to) : undefined;
}

/** A literal such as `0.1` that becomes a decimal, as its text: a double has not all its digits. */
export function decimalText({ literal, value }: Expression, to: SqlType): Pick<Expression, 'sql' | 'type'> | undefined {
  if (literal !== 'FLOAT64' || !isDecimal(to.kind)) return undefined;
  return { sql: stringSql(String(value)), type: scalar('STRING') };
}

function coercedStruct(
  expression: Expression,
  from: SqlType & { kind: 'STRUCT' },
  to: SqlType & { kind: 'STRUCT' },
): string | undefined {
  if (from.fields.length !== to.fields.length) return undefined;
  if (expression.parts === undefined) {
    const lossless = from.fields.every((field, index) => {
      const target = to.fields[index];
      return target !== undefined && coerced({ ...expression, type: field.type }, target.type) !== undefined;
    });
    return lossless ? castSql(expression.sql, from, to) : undefined;
  }
  const fields = to.fields.map((field, index) => {
    const part = expression.parts?.[index];
    return [fieldName(field, index), part && coerced(part, field.type)] as const;
  });
  return fields.every((field): field is readonly [string, string] => field[1] !== undefined)
    ? structSql(fields)
    : undefined;
}

/** The type that a set of expressions has in common; undefined when there is none. */
export function supertype(expressions: readonly Expression[]): SqlType | undefined {
  const typed = expressions.filter(({ literal }) => literal !== 'NULL' && literal !== 'EMPTY_ARRAY');
  const [first, ...rest] = typed.length > 0 ? typed : expressions;
  if (first === undefined) return undefined;
  const candidates = [
    ...[first, ...rest].filter(({ literal }) => literal === undefined).map(({ type }) => type),
    ...[first, ...rest].map(({ type }) => type),
  ];
  return candidates.find(type => expressions.every(expression => coerced(expression, type) !== undefined));
}

/** As `coerced`; complains when BigQuery does not convert it. `where` says what wants the type. */
export function coerce(complain: Complaints, expression: Expression, to: SqlType, where: string): string {
  checkText(complain, expression, to);
  const sql = coerced(expression, to);
  if (sql !== undefined) return sql;
  return complain.invalid(
    expression.node,
    `${where} has type ${typeName(expression.type)}, which cannot be coerced to ${typeName(to)}`,
  );
}

/** The expressions as their common type. */
export function unify(
  complain: Complaints,
  expressions: readonly Expression[],
  node: Located,
  where: string,
): { readonly type: SqlType; readonly sqls: string[] } {
  const type = supertype(expressions);
  if (type === undefined) {
    const names = expressions.map(expression => typeName(expression.type)).join(', ');
    return complain.invalid(node, `No matching signature for ${where} for argument types: ${names}`);
  }
  return { type, sqls: expressions.map(expression => coerce(complain, expression, type, where)) };
}

/** A literal text that is no date is an error before anything runs. */
function checkText(complain: Complaints, { literal, value, node }: Expression, to: SqlType): void {
  if (literal !== 'STRING' || typeof value !== 'string' || !fromText.includes(to.kind)) return;
  const pattern = textPatterns[to.kind as ScalarName] ?? '';
  if (!new RegExp(`^(?:${pattern})$`).test(value)) {
    complain.invalid(node, `Could not cast literal "${value}" to type ${to.kind}`);
  }
}
