import { DuckDBDecimalType, DuckDBListType, DuckDBStructType, type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import { unsupported } from '../errors.ts';
import type { Column, ColumnType } from '../types.ts';
import { decimals } from '../values/decimal.ts';

const types: Partial<Record<DuckDBTypeId, ColumnType>> = {
  [DuckDBTypeId.BOOLEAN]: 'BOOLEAN',
  [DuckDBTypeId.TINYINT]: 'INTEGER',
  [DuckDBTypeId.SMALLINT]: 'INTEGER',
  [DuckDBTypeId.INTEGER]: 'INTEGER',
  [DuckDBTypeId.BIGINT]: 'INTEGER',
  [DuckDBTypeId.UTINYINT]: 'INTEGER',
  [DuckDBTypeId.USMALLINT]: 'INTEGER',
  [DuckDBTypeId.UINTEGER]: 'INTEGER',
  [DuckDBTypeId.FLOAT]: 'FLOAT',
  [DuckDBTypeId.DOUBLE]: 'FLOAT',
  [DuckDBTypeId.BIGNUM]: 'BIGNUMERIC',
  [DuckDBTypeId.VARCHAR]: 'STRING',
  [DuckDBTypeId.BLOB]: 'BYTES',
  [DuckDBTypeId.TIMESTAMP_TZ]: 'TIMESTAMP',
  [DuckDBTypeId.TIMESTAMP]: 'DATETIME',
  [DuckDBTypeId.DATE]: 'DATE',
  [DuckDBTypeId.TIME]: 'TIME',
  [DuckDBTypeId.INTERVAL]: 'INTERVAL',
  // NULL without a type is an INTEGER in BigQuery.
  [DuckDBTypeId.SQLNULL]: 'INTEGER',
};

/** The column that a result's DuckDB type is. Throws an ApiError when BigQuery has no such type. */
export function resultColumn(name: string, type: DuckDBType): Column {
  if (type instanceof DuckDBListType) {
    const element = resultColumn(name, type.valueType);
    if (element.mode === 'REPEATED') throw unsupported(`An array of arrays (column ${name})`);
    return { ...element, mode: 'REPEATED' };
  }
  if (type instanceof DuckDBStructType) {
    const fields = type.entryNames.map((field, index) => resultColumn(field, type.entryTypes[index] ?? type));
    return { name, type: 'RECORD', mode: 'NULLABLE', fields };
  }
  if (type.alias === 'JSON') return { name, type: 'JSON', mode: 'NULLABLE' };
  if (type instanceof DuckDBDecimalType && type.scale <= decimals.NUMERIC.scale)
    return { name, type: 'NUMERIC', mode: 'NULLABLE' };
  const scalar = types[type.typeId];
  if (scalar === undefined) throw unsupported(`A result of DuckDB’s type ${type.toString()} (column ${name})`);
  return { name, type: scalar, mode: 'NULLABLE' };
}
