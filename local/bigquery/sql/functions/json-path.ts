import type { Complaints, Located } from '../errors.ts';
import { type Expression, stringSql } from '../expression.ts';
import { scalar } from '../sql-type.ts';

type Step = string | number;

/** DuckDB's path for the same place, with every key quoted. */
const pathSql = (steps: readonly Step[]) =>
  stringSql(`$${steps.map(step => (typeof step === 'number' ? `[${step}]` : `."${step}"`)).join('')}`);

/**
 * Reads a JSONPath literal of JSON_VALUE and JSON_QUERY (keys quoted by `"`) or of JSON_EXTRACT (by `['...']`), and
 * answers with DuckDB's. https://cloud.google.com/bigquery/docs/reference/standard-sql/json_functions#JSONPath_format
 */
export function jsonPathSql(
  complain: Complaints,
  path: Expression | undefined,
  legacy: boolean,
  node: Located,
): string {
  if (path === undefined) return pathSql([]);
  if (path.literal !== 'STRING') return complain.unsupported(path.node, 'A JSONPath that is not a literal');
  const text = String(path.value);
  const step = legacy ? /\.([\w\-$:]+)|\[(\d+)\]|\['([^'"\\]+)'\]/y : /\.([\w\-$:]+)|\[(\d+)\]|\."([^"\\]+)"/y;
  if (!text.startsWith('$')) return complain.unsupported(path.node, 'A JSONPath that does not start with $');
  const steps: Step[] = [];
  let offset = 1;
  while (offset < text.length) {
    step.lastIndex = offset;
    const match = step.exec(text);
    if (match === null) return complain.unsupported(node, `The JSONPath ${text}`, 'use keys and array positions only');
    steps.push(match[2] === undefined ? (match[1] ?? match[3] ?? '') : Number(match[2]));
    offset = step.lastIndex;
  }
  return pathSql(steps);
}

/** `json.key` and `json[0]`. */
export function jsonMember(json: Expression, step: Step, node: Located): Expression {
  const name = typeof step === 'string' ? { name: step } : {};
  return { sql: `json_extract(${json.sql}, ${pathSql([step])})`, type: scalar('JSON'), node, ...name };
}
