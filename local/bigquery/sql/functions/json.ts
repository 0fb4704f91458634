import { bind, type Expression } from '../expression.ts';
import { arrayOf, scalar, typeName } from '../sql-type.ts';
import {
  applied,
  argumentsOf,
  type Call,
  checkCount,
  type FunctionImplementation,
  type FunctionTable,
  failure,
  noMatch,
  simple,
} from './call.ts';
import { jsonPathSql } from './json-path.ts';
import { jsonTextSql } from './to-json.ts';

/** The JSON and the path of a call; a text is read as JSON when it runs, and must be valid then. */
function operands(call: Call, legacy: boolean): { readonly json: Expression; readonly path: string } {
  checkCount(call, 1, 2);
  const [json, path] = argumentsOf(call);
  if (json === undefined || (json.type.kind !== 'STRING' && json.type.kind !== 'JSON' && json.literal !== 'NULL')) {
    return noMatch(call, argumentsOf(call));
  }
  const text = json.literal === 'NULL' ? { ...json, sql: 'CAST(NULL AS VARCHAR)', type: scalar('STRING') } : json;
  return { json: text, path: jsonPathSql(call.t.complain, path, legacy, call.node) };
}

/** DuckDB's extract turns a value of any type into text; BigQuery's is NULL unless it is a scalar. */
const scalarText = (json: string, path: string) =>
  bind(
    [json],
    ([x = '']) =>
      `(CASE WHEN json_type(${x}, ${path}) NOT IN ('OBJECT', 'ARRAY', 'NULL') THEN json_extract_string(${x}, ${path}) END)`,
  );

const valueOf =
  (legacy: boolean): FunctionImplementation =>
  call => {
    const { json, path } = operands(call, legacy);
    return { sql: applied(call, [json.sql], x => scalarText(x, path)), type: scalar('STRING'), node: call.node };
  };

const queryOf =
  (legacy: boolean): FunctionImplementation =>
  call => {
    const { json, path } = operands(call, legacy);
    if (json.type.kind === 'JSON') {
      return { sql: `json_extract(${json.sql}, ${path})`, type: scalar('JSON'), node: call.node };
    }
    // In a text, the JSON null is SQL's.
    const sql = applied(
      call,
      [json.sql],
      x => `(CASE WHEN json_type(${x}, ${path}) <> 'NULL' THEN CAST(json_extract(${x}, ${path}) AS VARCHAR) END)`,
    );
    return { sql, type: scalar('STRING'), node: call.node };
  };

const arrayOfValues =
  (legacy: boolean, texts: boolean): FunctionImplementation =>
  call => {
    const { json, path } = operands(call, legacy);
    const element = texts ? scalarText('"$e"', "'$'") : json.type.kind === 'JSON' ? '"$e"' : 'CAST("$e" AS VARCHAR)';
    const sql = applied(
      call,
      [json.sql],
      x =>
        `(CASE WHEN json_type(${x}, ${path}) = 'ARRAY' THEN list_transform(CAST(json_extract(${x}, ${path}) AS JSON[]), lambda "$e": ${element}) END)`,
    );
    return {
      sql,
      type: arrayOf(scalar(texts ? 'STRING' : json.type.kind === 'JSON' ? 'JSON' : 'STRING')),
      node: call.node,
    };
  };

/** STRING(json), INT64(json) and their like, which fail on another JSON type. */
const strict = (kind: 'STRING' | 'INT64' | 'FLOAT64' | 'BOOL', jsonTypes: string, convert: (json: string) => string) =>
  ((call: Call) => {
    checkCount(call, 1);
    const json = call.arg(0);
    if (json.type.kind !== 'JSON') return noMatch(call, [json]);
    const sql = applied(call, [json.sql], x => {
      const fail = failure(
        call,
        `The provided JSON input is not ${kind === 'STRING' ? 'a string' : `of type ${kind}`}`,
      );
      return `(CASE WHEN ${x} IS NULL THEN NULL WHEN json_type(${x}) IN (${jsonTypes}) THEN ${convert(x)} ELSE ${fail} END)`;
    });
    return { sql, type: scalar(kind), node: call.node };
  }) satisfies FunctionImplementation;

export const stringOfJson = strict('STRING', "'VARCHAR'", x => `json_extract_string(${x}, '$')`);

export const jsonFunctions: FunctionTable = {
  JSON_VALUE: valueOf(false),
  JSON_EXTRACT_SCALAR: valueOf(true),
  JSON_QUERY: queryOf(false),
  JSON_EXTRACT: queryOf(true),
  JSON_VALUE_ARRAY: arrayOfValues(false, true),
  JSON_EXTRACT_STRING_ARRAY: arrayOfValues(true, true),
  JSON_QUERY_ARRAY: arrayOfValues(false, false),
  JSON_EXTRACT_ARRAY: arrayOfValues(true, false),
  PARSE_JSON: simple('STRING', 'JSON', ([x = '']) => `CAST(json(${x}) AS JSON)`),
  JSON_TYPE: simple(
    'JSON',
    'STRING',
    ([x = '']) =>
      `(CASE json_type(${x}) WHEN 'VARCHAR' THEN 'string' WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array' WHEN 'NULL' THEN 'null' WHEN 'BOOLEAN' THEN 'boolean' ELSE CASE WHEN json_type(${x}) IS NOT NULL THEN 'number' END END)`,
  ),
  TO_JSON_STRING: call => {
    checkCount(call, 1);
    return { sql: jsonTextSql(call.t.complain, call.arg(0)), type: scalar('STRING'), node: call.node };
  },
  TO_JSON: call => {
    checkCount(call, 1);
    const value = call.arg(0);
    const wide = /\b(?:INT64|NUMERIC)\b/.test(typeName(value.type));
    if (wide) {
      return {
        sql: `CAST(${jsonTextSql(call.t.complain, value, true)} AS JSON)`,
        type: scalar('JSON'),
        node: call.node,
      };
    }
    return { sql: `CAST(${jsonTextSql(call.t.complain, value)} AS JSON)`, type: scalar('JSON'), node: call.node };
  },
  INT64: strict('INT64', "'BIGINT', 'UBIGINT'", x => `CAST(${x} AS BIGINT)`),
  FLOAT64: strict('FLOAT64', "'DOUBLE', 'BIGINT', 'UBIGINT'", x => `CAST(${x} AS DOUBLE)`),
  BOOL: strict('BOOL', "'BOOLEAN'", x => `CAST(${x} AS BOOLEAN)`),
};
