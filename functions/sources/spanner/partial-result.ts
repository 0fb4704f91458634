import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { WireValue } from '../../clients/spanner.ts';

/**
 * A part of a stream's result, of which values are made while they are read: made at once, a part of a megabyte would
 * take ten. https://cloud.google.com/spanner/docs/reference/rpc/google.spanner.v1#partialresultset
 */
export interface PartialResult {
  /** Whether the last value goes on in the next part. */
  readonly chunkedValue: boolean;
  /** After which the stream can go on; empty when it cannot. */
  readonly resumeToken: Uint8Array;
  readonly values: () => Iterable<WireValue>;
}

/** Fields of google.spanner.v1.PartialResultSet. */
const valuesField = 2;
const chunkedField = 3;
const tokenField = 4;

export function readPartialResult(bytes: Uint8Array): PartialResult {
  const reader = new BinaryReader(bytes);
  let chunkedValue = false;
  let resumeToken: Uint8Array = new Uint8Array();
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === chunkedField) chunkedValue = reader.bool();
    else if (field === tokenField) resumeToken = reader.bytes();
    else reader.skip(wireType, field);
  }
  return { chunkedValue, resumeToken, values: () => valuesOf(bytes, valuesField) };
}

function* valuesOf(bytes: Uint8Array, wanted: number): Generator<WireValue> {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === wanted) yield valueOf(reader, reader.uint32());
    else reader.skip(wireType, field);
  }
}

/** google.protobuf.Value, of which only the last field counts, as always in a oneof. */
function valueOf(reader: BinaryReader, length: number): WireValue {
  const end = reader.pos + length;
  let value: WireValue = {};
  while (reader.pos < end) {
    const [field, wireType] = reader.tag();
    switch (field) {
      case 1:
        reader.skip(WireType.Varint);
        value = { kind: 'nullValue' };
        break;
      case 2:
        value = { kind: 'numberValue', numberValue: reader.double() };
        break;
      case 3:
        value = { kind: 'stringValue', stringValue: reader.string() };
        break;
      case 4:
        value = { kind: 'boolValue', boolValue: reader.bool() };
        break;
      case 6:
        value = { kind: 'listValue', listValue: { values: [...valuesOf(reader.bytes(), 1)] } };
        break;
      default:
        reader.skip(wireType, field);
    }
  }
  return value;
}
