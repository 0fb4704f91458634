import { exportColumn, maskedForType, type PlannedColumn } from '../../core/batch/column-plan.ts';
import type { ColumnWriter } from '../../core/batch/column-writer.ts';
import type { ExportColumn } from '../../core/batch/export-column.ts';
import { type MaskKeys, maskConvert } from '../mask-columns.ts';
import type { RowSink } from '../source.ts';
import { type MysqlColumn, maskedReading, naturalReading, type Reading, readingOf } from './column-types.ts';
import { identifier } from './partition-bounds.ts';
import type { ReadRow } from './row-packets.ts';
import { type Convert, convertTo } from './values.ts';

/** A column that is exported, and how it is selected and read. */
export interface ReadColumn {
  readonly planned: PlannedColumn;
  readonly column: ExportColumn;
  readonly reading: Reading;
}

export function readColumn(written: PlannedColumn, described: MysqlColumn): ReadColumn {
  const natural = naturalReading(described);
  const planned = maskedForType(written, natural.type, natural.text);
  const column = exportColumn(planned, natural.type, natural.text);
  return { planned, column, reading: planned.mask === undefined ? readingOf(column, natural) : maskedReading(natural) };
}

/** The query as it is where every column is sent as it is; else one around it. */
export function selectStatement(
  query: string,
  described: readonly MysqlColumn[],
  columns: readonly ReadColumn[],
  condition = 'TRUE',
): string {
  const names = described.map(({ name }) => identifier(name));
  const selected = columns.map(({ planned, reading }) => reading.select(names[planned.index] ?? ''));
  const plain =
    condition === 'TRUE' && selected.length === names.length && selected.every((text, i) => text === names[i]);
  return plain ? query : `SELECT ${selected.join(', ')} FROM (${query}\n) AS source WHERE ${condition}`;
}

function converterOf({ reading, planned }: ReadColumn, writer: ColumnWriter, keys: MaskKeys): Convert {
  return planned.mask === undefined ? convertTo(writer, reading.form) : maskConvert(planned.mask, writer, keys);
}

/** In the place of a field's length. */
const nullField = 0xfb;
const twoBytes = 0xfc;
const threeBytes = 0xfd;

/** Reads rows of the text protocol into the sink: each field is its length and its text. */
export function rowReader(columns: readonly ReadColumn[], sink: RowSink, keys: MaskKeys): ReadRow {
  const { writers } = sink;
  const converters = writers.map((writer, i) => {
    const column = columns[i];
    if (column === undefined) throw new Error(`there are ${writers.length} writers for ${columns.length} columns`);
    return converterOf(column, writer, keys);
  });
  const count = converters.length;
  return (bytes, start) => {
    let at = start;
    for (let i = 0; i < count; i += 1) {
      let length = bytes[at] ?? 0;
      at += 1;
      if (length === nullField) {
        writers[i]?.absent();
        continue;
      }
      if (length === twoBytes) {
        length = bytes.readUInt16LE(at);
        at += 2;
      } else if (length === threeBytes) {
        length = bytes.readUIntLE(at, 3);
        at += 3;
      } else if (length > threeBytes) {
        length = Number(bytes.readBigUInt64LE(at));
        at += 8;
      }
      converters[i]?.(bytes, at, at + length);
      at += length;
    }
    sink.endRow();
  };
}
