import type { DuckDBValue } from '@duckdb/node-api';
import type { ErrorProto } from '../errors.ts';
import { isObject } from '../properties.ts';
import { partitionCheck } from '../store/partition-bounds.ts';
import type { TableRecord } from '../store/records.ts';
import type { Column } from '../types.ts';
import { rowOfJson } from '../values/from-json.ts';
import { ValueError } from '../values/scalar.ts';

export interface InsertRow {
  readonly values: DuckDBValue[];
  readonly insertId: string | undefined;
}

export interface InsertErrors {
  readonly index: number;
  readonly errors: readonly ErrorProto[];
}

/**
 * Reads the rows of an insertAll request. With one bad row none is written, and the good ones get the reason `stopped`;
 * with `skipInvalid` the good ones are written.
 */
export function readInsertRows(
  table: TableRecord,
  known: readonly Column[],
  rows: readonly unknown[],
  options: { readonly ignoreUnknown: boolean; readonly skipInvalid: boolean },
  now: number,
): { readonly rows: InsertRow[]; readonly errors: InsertErrors[] } {
  const check = partitionCheck(table, now);
  const read = rows.map(row => readRow(row));
  const isBad = read.some(row => 'message' in row);
  const good = isBad && !options.skipInvalid ? [] : read.filter(row => 'values' in row);
  const errors = read.flatMap((row, index): InsertErrors[] => {
    if ('message' in row) return [{ index, errors: [row] }];
    return isBad && !options.skipInvalid ? [{ index, errors: [stopped] }] : [];
  });
  return { rows: good, errors };

  function readRow(row: unknown): InsertRow | ErrorProto {
    const { json, insertId } = isObject(row) ? row : {};
    try {
      const values = rowOfJson(table.columns, json, { known, ignoreUnknown: options.ignoreUnknown });
      const problem = check(values);
      if (problem !== undefined) return rowError('', problem);
      return { values, insertId: typeof insertId === 'string' && insertId !== '' ? insertId : undefined };
    } catch (error) {
      if (error instanceof ValueError) return rowError(error.path, error.message);
      throw error;
    }
  }
}

const rowError = (location: string, message: string): ErrorProto => ({
  reason: 'invalid',
  location,
  debugInfo: '',
  message,
});

const stopped: ErrorProto = { reason: 'stopped', location: '', debugInfo: '', message: '' };
