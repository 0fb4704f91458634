import type { EntityKey, EntityValue } from '../../clients/datastore.ts';
import type { ColumnWriter } from '../../core/batch/column-writer.ts';
import type { Loss } from '../../core/batch/loss-ledger.ts';
import { OnrampError } from '../../core/errors.ts';
import { maskConvert, type MaskKeys } from '../mask-columns.ts';
import { nestedWriters } from '../nested-writers.ts';
import { writeDecimal, writeInteger, writeMoment } from '../text-values.ts';
import { type ReadColumn, typeNames, typeOf, type ValueType } from './column-types.ts';
import { keyParts } from './keys.ts';
import { bytesOf, jsonOf, textOf } from './value-text.ts';

/** Hands a value to its column's writer; a property that an entity lacks is undefined. */
export type WriteValue = (value: EntityValue | undefined) => void;

/** How the values of a property are written. */
export function valueWriter(read: ReadColumn, writer: ColumnWriter, keys: MaskKeys): WriteValue {
  const { planned, column } = read;
  if (planned.mask !== undefined) {
    const convert = maskConvert(planned.mask, writer, keys);
    return value => {
      if (value === undefined || typeOf(value) === undefined) return writer.absent();
      // Bytes are masked as they are; everything else by its text.
      const bytes = typeOf(value) === 'blobValue' ? bytesOf(value) : Buffer.from(textOf(value));
      convert(bytes, 0, bytes.length);
    };
  }
  const write = scalarWriter(read, writer);
  if (column.repeated !== true) {
    return value => {
      if (value === undefined || typeOf(value) === undefined) writer.absent();
      else write(value);
    };
  }
  return value => {
    // A property that is not there is an empty array, of which nothing is lost.
    if (value === undefined) return writer.endArray();
    const type = typeOf(value);
    if (type === undefined) return writer.absent();
    // A single value among arrays is what clients make of an array of one.
    for (const element of type === 'arrayValue' ? (value.arrayValue?.values ?? []) : [value]) {
      if (typeOf(element) === undefined) writer.nullElement();
      else write(element);
    }
    writer.endArray();
  };
}

function scalarWriter({ planned, column, declared, seen }: ReadColumn, writer: ColumnWriter): (value: EntityValue) => void {
  const take = taker(writer);
  return value => {
    const type = typeOf(value);
    if (type === undefined) return;
    const loss = declared || seen.has(type) ? take(value, type) : 'other-type';
    if (loss === undefined) return;
    if (planned.policy.onOutOfRange !== 'null') {
      const detail = `property ${planned.sourceName} has a value of type ${typeNames[type]} in its column of ${column.type}: ${loss}`;
      throw new OnrampError('EXPORT_VALUE_REFUSED', detail);
    }
    writer.lost(loss);
  };
}

/** Writes a value where that is exact, and answers with what would be lost where it is not. */
function taker(writer: ColumnWriter): (value: EntityValue, type: ValueType) => Loss | undefined {
  switch (writer.column.type) {
    case 'STRING':
      return value => void writer.string(textOf(value));
    case 'JSON':
      return value => void writer.string(jsonOf(value));
    case 'BOOLEAN':
      return (value, type) => {
        if (type !== 'booleanValue') return 'other-type';
        return void writer.boolean(value.booleanValue === true);
      };
    case 'INTEGER':
      return (value, type) => {
        if (type === 'integerValue') return void writeInteger(writer, value.integerValue ?? '0');
        const double = type === 'doubleValue' ? (value.doubleValue ?? 0) : undefined;
        if (double === undefined) return 'other-type';
        if (!Number.isInteger(double)) return lossOf(double) ?? 'digits';
        return Number.isSafeInteger(double) ? void writeInteger(writer, String(double)) : 'out-of-range';
      };
    case 'FLOAT':
      return (value, type) => {
        if (type === 'doubleValue') return void writer.double(value.doubleValue ?? 0);
        if (type !== 'integerValue') return 'other-type';
        const double = Number(value.integerValue);
        return BigInt(double) === BigInt(value.integerValue ?? 0) ? void writer.double(double) : 'digits';
      };
    case 'NUMERIC':
      return (value, type) => {
        if (type === 'integerValue' || type === 'stringValue') return void writeDecimal(writer, textOf(value));
        return 'other-type';
      };
    case 'BYTES':
      return (value, type) => {
        if (type !== 'blobValue' && type !== 'stringValue') return 'other-type';
        const bytes = type === 'blobValue' ? bytesOf(value) : Buffer.from(value.stringValue ?? '');
        return void writer.bytes(bytes, 0, bytes.length);
      };
    case 'TIMESTAMP':
    case 'DATETIME':
      return (value, type) => {
        if (type === 'timestampValue') {
          const { seconds, nanos } = value.timestampValue ?? {};
          return void writeMoment(writer, Number(seconds ?? 0), nanos ?? 0);
        }
        if (type !== 'integerValue' || value.meaning !== projectedTimestamp) return 'other-type';
        const micros = BigInt(value.integerValue ?? 0);
        const seconds = (micros - BigInt.asUintN(64, ((micros % million) + million) % million)) / million;
        return void writeMoment(writer, Number(seconds), Number(micros - seconds * million) * 1000);
      };
    case 'RECORD':
      return recordTaker(writer);
    default:
      return () => 'other-type';
  }
}

/** A projection shows a timestamp as an integer of microseconds. */
const projectedTimestamp = 18;
const million = 1_000_000n;

function lossOf(double: number): Loss | undefined {
  if (Number.isNaN(double)) return 'nan';
  return Number.isFinite(double) ? undefined : 'infinity';
}

function recordTaker(writer: ColumnWriter): (value: EntityValue, type: ValueType) => Loss | undefined {
  const fields = nestedWriters(writer);
  const isKey = fields.length > 2;
  return (value, type) => {
    if (type !== (isKey ? 'keyValue' : 'geoPointValue')) return 'other-type';
    writer.record();
    if (isKey) writeKey(fields, value.keyValue ?? {});
    else {
      fields[0]?.double(value.geoPointValue?.latitude ?? 0);
      fields[1]?.double(value.geoPointValue?.longitude ?? 0);
    }
    return undefined;
  };
}

function writeKey(fields: readonly ColumnWriter[], key: EntityKey): void {
  const parts = keyParts(key);
  for (const field of fields) {
    const value = parts[field.column.name as keyof typeof parts];
    if (value === undefined) field.absent();
    else if (field.column.type === 'INTEGER') writeInteger(field, value);
    else field.string(value);
  }
}
