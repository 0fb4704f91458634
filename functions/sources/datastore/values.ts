import type { EntityValue } from '../../clients/datastore.ts';
import type { ColumnWriter } from '../../core/batch/column-writer.ts';
import { OnrampError } from '../../core/errors.ts';
import { type MaskKeys, maskConvert } from '../mask-columns.ts';
import { type ReadColumn, typeNames, typeOf } from './column-types.ts';
import { conversionTo } from './conversions.ts';
import { bytesOf, textOf } from './value-text.ts';

/** Hands a value to its column's writer; a property that an entity lacks is undefined. */
export type WriteValue = (value: EntityValue | undefined) => void;

/** How the values of a property are written. */
export function valueWriter(read: ReadColumn, writer: ColumnWriter, keys: MaskKeys): WriteValue {
  const { planned, column } = read;
  if (planned.mask !== undefined) {
    const convert = maskConvert(planned.mask, writer, keys);
    return value => {
      if (value === undefined || typeOf(value) === undefined) {
        writer.absent();
        return;
      }
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
    if (value === undefined) {
      writer.endArray();
      return;
    }
    const type = typeOf(value);
    if (type === undefined) {
      writer.absent();
      return;
    }
    // A single value among arrays is what clients make of an array of one.
    for (const element of type === 'arrayValue' ? (value.arrayValue?.values ?? []) : [value]) {
      if (typeOf(element) === undefined) writer.nullElement();
      else write(element);
    }
    writer.endArray();
  };
}

function scalarWriter(
  { planned, column, declared, seen }: ReadColumn,
  writer: ColumnWriter,
): (value: EntityValue) => void {
  const conversion = conversionTo(writer);
  return value => {
    const type = typeOf(value);
    if (type === undefined) return;
    const loss = declared || seen.has(type) ? conversion.loss(value, type) : 'other-type';
    if (loss === undefined) conversion.write(value, type);
    else if (planned.policy.onOutOfRange === 'null') writer.lost(loss);
    else {
      const detail = `property ${planned.sourceName} has a value of type ${typeNames[type]} in its column of ${column.type}: ${loss}`;
      throw new OnrampError('EXPORT_VALUE_REFUSED', detail);
    }
  };
}
