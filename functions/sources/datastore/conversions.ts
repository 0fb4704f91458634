import type { EntityKey, EntityValue } from '../../clients/datastore.ts';
import type { ColumnWriter } from '../../core/batch/column-writer.ts';
import type { Loss } from '../../core/batch/loss-ledger.ts';
import { nestedWriters } from '../nested-writers.ts';
import { writeDecimal, writeInteger, writeMoment } from '../text-values.ts';
import type { ValueType } from './column-types.ts';
import { keyParts } from './keys.ts';
import { bytesOf, jsonOf, textOf } from './value-text.ts';

/** How values of any type come into a column. */
export interface Conversion {
  /** What would be lost of the value; undefined when it can be written. */
  loss(value: EntityValue, type: ValueType): Loss | undefined;
  write(value: EntityValue, type: ValueType): void;
}

/** The conversion into a column of its type, by which no value is changed. */
export function conversionTo(writer: ColumnWriter): Conversion {
  switch (writer.column.type) {
    case 'STRING':
      return { loss: never, write: value => writer.string(textOf(value)) };
    case 'JSON':
      return { loss: never, write: value => writer.string(jsonOf(value)) };
    case 'BOOLEAN':
      return { loss: unlessOf('booleanValue'), write: value => writer.boolean(value.booleanValue === true) };
    case 'INTEGER':
      return {
        loss: (value, type) => (type === 'doubleValue' ? fractionLoss(value) : unlessOf('integerValue')(value, type)),
        write: (value, type) =>
          writeInteger(writer, type === 'doubleValue' ? String(value.doubleValue) : integerText(value)),
      };
    case 'FLOAT':
      return {
        loss: (value, type) => (type === 'integerValue' ? digitsLoss(value) : unlessOf('doubleValue')(value, type)),
        write: (value, type) =>
          writer.double(type === 'integerValue' ? Number(integerText(value)) : (value.doubleValue ?? 0)),
      };
    case 'NUMERIC':
      return { loss: unlessOf('integerValue', 'stringValue'), write: value => writeDecimal(writer, textOf(value)) };
    case 'BYTES':
      return {
        loss: unlessOf('blobValue', 'stringValue'),
        write(value, type) {
          const bytes = type === 'blobValue' ? bytesOf(value) : Buffer.from(value.stringValue ?? '');
          writer.bytes(bytes, 0, bytes.length);
        },
      };
    case 'TIMESTAMP':
    case 'DATETIME':
      return momentConversion(writer);
    case 'RECORD':
      return recordConversion(writer);
    default:
      return { loss: () => 'other-type', write: () => undefined };
  }
}

const never = () => undefined;

const unlessOf =
  (...types: readonly ValueType[]) =>
  (_value: EntityValue, type: ValueType): Loss | undefined =>
    types.includes(type) ? undefined : 'other-type';

const integerText = ({ integerValue }: EntityValue) => integerValue ?? '0';

function fractionLoss({ doubleValue }: EntityValue): Loss | undefined {
  const value = doubleValue ?? 0;
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return 'infinity';
  if (!Number.isInteger(value)) return 'digits';
  return Number.isSafeInteger(value) ? undefined : 'out-of-range';
}

function digitsLoss(value: EntityValue): Loss | undefined {
  const text = integerText(value);
  return BigInt(Number(text)) === BigInt(text) ? undefined : 'digits';
}

/** A projection shows a timestamp as an integer of microseconds. */
const projectedTimestamp = 18;
const million = 1_000_000n;

function momentConversion(writer: ColumnWriter): Conversion {
  return {
    loss: ({ meaning }, type) =>
      type === 'timestampValue' || (type === 'integerValue' && meaning === projectedTimestamp)
        ? undefined
        : 'other-type',
    write(value, type) {
      if (type === 'timestampValue') {
        const { seconds, nanos } = value.timestampValue ?? {};
        writeMoment(writer, Number(seconds ?? 0), nanos ?? 0);
        return;
      }
      const micros = BigInt(integerText(value));
      const ofSecond = ((micros % million) + million) % million;
      writeMoment(writer, Number((micros - ofSecond) / million), Number(ofSecond) * 1000);
    },
  };
}

function recordConversion(writer: ColumnWriter): Conversion {
  const fields = nestedWriters(writer);
  const [latitude, longitude] = fields;
  if (latitude?.column.name === 'latitude') {
    return {
      loss: unlessOf('geoPointValue'),
      write({ geoPointValue }) {
        writer.record();
        latitude.double(geoPointValue?.latitude ?? 0);
        longitude?.double(geoPointValue?.longitude ?? 0);
      },
    };
  }
  return {
    loss: unlessOf('keyValue'),
    write({ keyValue }) {
      writer.record();
      writeKey(fields, keyValue ?? {});
    },
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
