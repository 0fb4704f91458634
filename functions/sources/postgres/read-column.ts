import type { Field } from 'pg';
import { exportColumn, isDeclaredArray, maskedForType, type PlannedColumn } from '../../core/batch/column-plan.ts';
import type { ColumnWriter } from '../../core/batch/column-writer.ts';
import type { ExportColumn } from '../../core/batch/export-column.ts';
import { type MaskKeys, maskConvert } from '../mask-columns.ts';
import type { RowSink } from '../source.ts';
import { arrayConverter } from './array.ts';
import { maskedReading, naturalReading, ofElements, type Reading, readingOf, type ServerType } from './column-types.ts';
import type { ReadTuples } from './copy-rows.ts';
import { identifier } from './partition-bounds.ts';
import { type Convert, convertTo } from './values.ts';

/** A column that is exported, and how it is selected and read. */
export interface ReadColumn {
  readonly planned: PlannedColumn;
  readonly column: ExportColumn;
  readonly reading: Reading;
}

export function readColumn(written: PlannedColumn, type: ServerType): ReadColumn {
  const element = isDeclaredArray(written) ? type.element : undefined;
  const natural = naturalReading(element ?? type);
  const planned = maskedForType(written, natural.type, type.text);
  const naturalType = element === undefined ? natural.type : { ...natural.type, repeated: true };
  const column = exportColumn(planned, naturalType, type.text);
  if (planned.mask !== undefined) return { planned, column, reading: maskedReading(natural) };
  const reading = readingOf(column, natural, element ?? type);
  return { planned, column, reading: element === undefined ? reading : ofElements(reading) };
}

/** The query as it is where every column is sent as it is; else one around it. */
export function copyStatement(
  query: string,
  fields: readonly Field[],
  columns: readonly ReadColumn[],
  condition = 'TRUE',
): string {
  const names = fields.map(({ name }) => identifier(name));
  const selected = columns.map(({ planned, reading }) => reading.select(names[planned.index] ?? ''));
  const plain =
    condition === 'TRUE' && selected.length === names.length && selected.every((text, i) => text === names[i]);
  const body = plain ? query : `SELECT ${selected.join(', ')} FROM (${query}\n) AS source WHERE ${condition}`;
  return `COPY (${body}\n) TO STDOUT (FORMAT binary)`;
}

export interface Converting {
  readonly keys: MaskKeys;
  /** See `convertTo`. */
  readonly utf8: boolean;
}

function converterOf(
  { column, reading, planned }: ReadColumn,
  writer: ColumnWriter,
  { keys, utf8 }: Converting,
): Convert {
  if (planned.mask !== undefined) return maskConvert(planned.mask, writer, keys);
  const convert = convertTo(writer, reading.wire, utf8);
  return column.repeated === true ? arrayConverter(writer, convert) : convert;
}

const signature = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');

/** Reads tuples into the sink: see https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format". */
export function tupleReader(columns: readonly ReadColumn[], sink: RowSink, converting: Converting): ReadTuples {
  const { writers } = sink;
  const converters = writers.map((writer, i) => {
    const column = columns[i];
    if (column === undefined) throw new Error(`there are ${writers.length} writers for ${columns.length} columns`);
    return converterOf(column, writer, converting);
  });
  let begun = false;
  return (bytes, start, end) => {
    let at = start;
    if (!begun) {
      begun = true;
      if (!bytes.subarray(start, start + signature.length).equals(signature)) throw new Error('no binary COPY');
      at += signature.length + 8 + bytes.readInt32BE(start + signature.length + 4);
    }
    while (at < end) {
      const count = bytes.readInt16BE(at);
      at += 2;
      // The trailer, after the last row.
      if (count === -1) return;
      if (count !== converters.length) throw new Error(`a row of ${count} columns, not ${converters.length}`);
      for (let i = 0; i < count; i += 1) {
        const length = bytes.readInt32BE(at);
        at += 4;
        if (length < 0) writers[i]?.absent();
        else {
          converters[i]?.(bytes, at, at + length);
          at += length;
        }
      }
      sink.endRow();
    }
  };
}
