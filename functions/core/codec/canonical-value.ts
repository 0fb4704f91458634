import { type DescField, ScalarType } from '@bufbuild/protobuf';
import { wrappedField } from '../schema/well-known.ts';
import type { MessageObject } from './message-field.ts';
import { elementJson } from './protojson.ts';

/**
 * What stands for a value where it is masked as a whole: bytes themselves, a string's UTF-8, and of everything else the
 * text that protobuf's JSON form has for it, without quotes, so that a publisher can compute the same: `12`, `true`,
 * `COLOUR_RED`, `2026-01-31T00:00:00Z`. A wrapper counts as what it wraps. Throws OutOfRange as `elementJson` does.
 */
export function canonicalBytes(field: DescField, value: unknown): Uint8Array {
  const wrapped = field.message === undefined ? undefined : wrappedField(field.message);
  if (wrapped !== undefined) return canonicalBytes(wrapped, (value as MessageObject)['value']);
  if (field.scalar === ScalarType.BYTES) return value as Uint8Array;
  if (field.scalar === ScalarType.STRING) return Buffer.from(value as string, 'utf8');
  const json = elementJson(field, value);
  return Buffer.from(isOneText(field) && json.startsWith('"') ? (JSON.parse(json) as string) : json, 'utf8');
}

const isOneText = ({ message }: DescField) =>
  message === undefined || /^google\.protobuf\.(Timestamp|Duration|FieldMask)$/.test(message.typeName);
