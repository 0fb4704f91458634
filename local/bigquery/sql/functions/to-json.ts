import { bignumericSql, bignumericText } from '../bignumeric.ts';
import { castSql, floatText, isoText } from '../casts.ts';
import type { Complaints } from '../errors.ts';
import { bind, type Expression, fieldSql, stringSql } from '../expression.ts';
import { fieldName, type SqlType, scalar } from '../sql-type.ts';

/**
 * The text that TO_JSON_STRING makes of a value; with `wide`, numbers that a double cannot hold stay numbers, as in
 * TO_JSON. https://cloud.google.com/bigquery/docs/reference/standard-sql/json_functions#json_encodings
 */
export function jsonTextSql(complain: Complaints, value: Expression, wide = false): string {
  return encode(value.sql, value.type, 0);

  function encode(sql: string, type: SqlType, depth: number): string {
    return bind([sql], ([x = '']) => `(CASE WHEN ${x} IS NULL THEN 'null' ELSE ${present(x, type, depth)} END)`);
  }

  function present(x: string, type: SqlType, depth: number): string {
    switch (type.kind) {
      case 'BOOL':
        return `CAST(${x} AS VARCHAR)`;
      case 'INT64':
        return wide
          ? `CAST(${x} AS VARCHAR)`
          : stringUnless(`${x} BETWEEN -9007199254740992 AND 9007199254740992`, `CAST(${x} AS VARCHAR)`);
      case 'NUMERIC': {
        const text = castSql(x, type, scalar('STRING')) ?? x;
        return wide
          ? text
          : stringUnless(`${x} BETWEEN -9007199254740992 AND 9007199254740992 AND ${x} = trunc(${x})`, text);
      }
      case 'BIGNUMERIC': {
        const text = bignumericText(x);
        const limit = 2n ** 53n * 10n ** 38n;
        const isSafe = `${x} BETWEEN ${bignumericSql(-limit)} AND ${bignumericSql(limit)} AND ${text} NOT LIKE '%.%'`;
        return wide ? text : stringUnless(isSafe, text);
      }
      case 'FLOAT64':
        return `CASE WHEN isnan(${x}) THEN '"NaN"' WHEN isinf(${x}) THEN CASE WHEN ${x} > 0 THEN '"Infinity"' ELSE '"-Infinity"' END ELSE ${floatText(x)} END`;
      case 'STRING':
        return `CAST(to_json(${x}) AS VARCHAR)`;
      case 'BYTES':
        return `'"' || to_base64(${x}) || '"'`;
      case 'DATE':
      case 'TIME':
        return `'"' || ${castSql(x, type, scalar('STRING')) ?? x} || '"'`;
      case 'TIMESTAMP':
      case 'DATETIME':
        return `'"' || ${isoText(x, type.kind)} || '"'`;
      case 'JSON':
        // A stored text may have blanks.
        return `CAST(json(${x}) AS VARCHAR)`;
      case 'ARRAY': {
        // Each level of arrays has a name of its own, which the inner one must not hide.
        const element = `"$e${depth}"`;
        return `'[' || array_to_string(list_transform(${x}, lambda ${element}: ${encode(element, type.element, depth + 1)}), ',') || ']'`;
      }
      case 'STRUCT': {
        const fields = type.fields.map((field, index) => {
          const key = JSON.stringify(field.name ?? '');
          return `${stringSql(`${index === 0 ? '' : ','}${key}:`)} || ${encode(fieldSql(x, fieldName(field, index)), field.type, depth + 1)}`;
        });
        return `'{' || ${fields.join(' || ')} || '}'`;
      }
      case 'INTERVAL':
        return complain.unsupported(value.node, 'An INTERVAL in JSON');
    }
  }
}

const stringUnless = (condition: string, text: string) =>
  `CASE WHEN ${condition} THEN ${text} ELSE '"' || ${text} || '"' END`;
