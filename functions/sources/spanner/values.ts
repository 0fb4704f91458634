import type { WireType, WireValue } from '../../clients/spanner.ts';
import type { ColumnWriter } from '../../core/batch/column-writer.ts';
import { type MaskKeys, maskConvert } from '../mask-columns.ts';
import { nestedWriters } from '../nested-writers.ts';
import { writeDate, writeDecimal, writeInteger, writeTimestamp } from '../text-values.ts';
import { codeOf, type ReadColumn } from './column-types.ts';

/** Hands a value to its column's writer. */
export type WriteValue = (value: WireValue) => void;

/** How the values of a column are written. */
export function valueWriter({ planned, column, type }: ReadColumn, writer: ColumnWriter, keys: MaskKeys): WriteValue {
  if (planned.mask === undefined) return column.repeated === true ? arrayWriter(type, writer) : nullable(type, writer);
  const convert = maskConvert(planned.mask, writer, keys);
  return value => {
    if (isNull(value)) {
      writer.absent();
      return;
    }
    // Bytes are masked as they are; everything else by its text.
    const bytes = isBytes(type) ? Buffer.from(textIn(value), 'base64') : Buffer.from(textOf(value, type));
    convert(bytes, 0, bytes.length);
  };
}

const isNull = ({ kind }: WireValue) => kind === 'nullValue' || kind === undefined;
const isBytes = (type: WireType) => codeOf(type) === 'BYTES' || codeOf(type) === 'PROTO';
const textIn = ({ stringValue }: WireValue) => stringValue ?? '';
const listIn = ({ listValue }: WireValue) => listValue?.values ?? [];
/** NaN and the infinities come as texts, as in the JSON form of protobuf. */
const numberIn = ({ numberValue, stringValue }: WireValue) => numberValue ?? Number(stringValue);

function nullable(type: WireType, writer: ColumnWriter): WriteValue {
  const write = scalarWriter(type, writer);
  return value => {
    if (isNull(value)) writer.absent();
    else write(value);
  };
}

function arrayWriter(type: WireType, writer: ColumnWriter): WriteValue {
  const element = type.arrayElementType ?? {};
  const write = scalarWriter(element, writer);
  return value => {
    if (isNull(value)) {
      writer.absent();
      return;
    }
    for (const item of listIn(value)) {
      if (isNull(item)) writer.nullElement();
      else write(item);
    }
    writer.endArray();
  };
}

function scalarWriter(type: WireType, writer: ColumnWriter): WriteValue {
  switch (writer.column.type) {
    case 'INTEGER':
      return value => writeInteger(writer, textIn(value));
    case 'FLOAT':
      return value => writer.double(numberIn(value));
    case 'BOOLEAN':
      return value => writer.boolean(value.boolValue === true);
    case 'NUMERIC':
      return value => writeDecimal(writer, textIn(value));
    case 'DATE':
      return value => writeDate(writer, textIn(value));
    case 'TIMESTAMP':
    case 'DATETIME':
      return value => writeTimestamp(writer, textIn(value));
    case 'BYTES':
      return value => {
        const bytes = Buffer.from(textIn(value), isBytes(type) ? 'base64' : 'utf8');
        writer.bytes(bytes, 0, bytes.length);
      };
    case 'RECORD':
      return recordWriter(type, writer);
    default:
      return value => writer.string(textOf(value, type));
  }
}

function recordWriter({ structType }: WireType, writer: ColumnWriter): WriteValue {
  const types = structType?.fields ?? [];
  const writes = nestedWriters(writer).map((field, i) => {
    const type = types[i]?.type ?? {};
    return field.column.repeated === true ? arrayWriter(type, field) : nullable(type, field);
  });
  return value => {
    writer.record();
    const values = listIn(value);
    writes.forEach((write, i) => {
      write(values[i] ?? {});
    });
  };
}

/** A value as a text: as Spanner sends it; an array or a struct as JSON. */
function textOf(value: WireValue, type: WireType): string {
  switch (codeOf(type)) {
    case 'ARRAY':
    case 'STRUCT':
      return jsonOf(value, type);
    case 'BOOL':
      return String(value.boolValue === true);
    case 'FLOAT32':
    case 'FLOAT64':
      return String(numberIn(value));
    default:
      return textIn(value);
  }
}

/** A value as JSON: integers with all their digits, decimals as texts, since readers of JSON round them. */
function jsonOf(value: WireValue, type: WireType): string {
  if (isNull(value)) return 'null';
  switch (codeOf(type)) {
    case 'ARRAY':
      return `[${listIn(value)
        .map(item => jsonOf(item, type.arrayElementType ?? {}))
        .join(',')}]`;
    case 'STRUCT': {
      const values = listIn(value);
      const fields = (type.structType?.fields ?? []).map(
        (field, i) => `${JSON.stringify(field.name || `field_${i + 1}`)}:${jsonOf(values[i] ?? {}, field.type ?? {})}`,
      );
      return `{${fields.join(',')}}`;
    }
    case 'FLOAT32':
    case 'FLOAT64': {
      const number = numberIn(value);
      return Number.isFinite(number)
        ? Object.is(number, -0)
          ? '-0.0'
          : String(number)
        : JSON.stringify(String(number));
    }
    case 'BOOL':
    case 'INT64':
    case 'ENUM':
    case 'JSON':
      return textOf(value, type);
    default:
      return JSON.stringify(textIn(value));
  }
}
