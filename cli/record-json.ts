import type { AvroValue } from '../functions/core/codec/avro-reader.ts';
import type { AvroField, AvroSchema } from '../functions/core/schema/avro-schema.ts';
import { dateOfDays, rfc3339OfMicros } from './time.ts';

type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/**
 * Makes the function that writes a record of a lake's file as JSON, such that nothing is rounded: a long and a decimal
 * are strings, bytes are base64, a timestamp is RFC 3339 with up to six digits after the point, a date is as in
 * 2026-01-31, a float or a double is a number or "NaN", "Infinity" or "-Infinity". JSON columns are their text.
 */
export function recordJson(schema: AvroSchema): (value: AvroValue) => JsonValue {
  if (typeof schema === 'string') return scalarJson;
  if ('length' in schema) {
    const branches = (schema as readonly AvroSchema[]).filter(branch => branch !== 'null').map(recordJson);
    const [only] = branches;
    if (only === undefined || branches.length > 1) return scalarJson;
    return value => (value === null ? null : only(value));
  }
  switch (schema.type) {
    case 'record': {
      const fields = (schema['fields'] as readonly AvroField[]).map(
        ({ name, type }) => [name, recordJson(type)] as const,
      );
      return value => {
        const record = value as Readonly<Record<string, AvroValue>>;
        return Object.fromEntries(fields.map(([name, json]) => [name, json(record[name] ?? null)]));
      };
    }
    case 'array': {
      const json = recordJson(schema['items'] as AvroSchema);
      return value => (value as readonly AvroValue[]).map(json);
    }
    case 'map': {
      const json = recordJson(schema['values'] as AvroSchema);
      return value =>
        Object.fromEntries(Object.entries(value as object).map(([key, item]) => [key, json(item as AvroValue)]));
    }
    case 'int':
      return schema['logicalType'] === 'date' ? value => dateOfDays(value as number) : scalarJson;
    case 'long':
      return schema['logicalType'] === 'timestamp-micros' ? value => rfc3339OfMicros(value as bigint) : scalarJson;
    default:
      return scalarJson;
  }
}

function scalarJson(value: AvroValue): JsonValue {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (Buffer.isBuffer(value)) return value.toString('base64');
  if (Array.isArray(value)) return (value as readonly AvroValue[]).map(scalarJson);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, scalarJson(item)]));
  }
  return value;
}
