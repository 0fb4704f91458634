import { quoted } from '../names.ts';
import type { Column } from '../types.ts';
import type { Located } from './errors.ts';
import { stringSql } from './expression.ts';
import { type ScalarName, scalar, typeName, typeOfColumn } from './sql-type.ts';
import type { TableSource } from './table-source.ts';
import type { Translator } from './translator.ts';

type Cell = string | number;

interface View {
  readonly columns: readonly (readonly [string, ScalarName])[];
  rows(t: Translator, project: string, dataset: string): Cell[][];
}

/** The columns of https://cloud.google.com/bigquery/docs/information-schema-intro that follow from the catalogue. */
const views: Readonly<Record<string, View>> = {
  TABLES: {
    columns: [
      ['table_catalog', 'STRING'],
      ['table_schema', 'STRING'],
      ['table_name', 'STRING'],
    ],
    rows: (t, project, dataset) => t.tables({ project, dataset }).map(({ table }) => [project, dataset, table]),
  },
  COLUMNS: {
    columns: [
      ['table_catalog', 'STRING'],
      ['table_schema', 'STRING'],
      ['table_name', 'STRING'],
      ['column_name', 'STRING'],
      ['ordinal_position', 'INT64'],
      ['is_nullable', 'STRING'],
      ['data_type', 'STRING'],
    ],
    rows: (t, project, dataset) =>
      t
        .tables({ project, dataset })
        .flatMap(({ table, columns }) =>
          columns
            .filter(({ name }) => name !== '_PARTITIONTIME')
            .map((column, index) => [project, dataset, table, ...columnCells(column, index)]),
        ),
  },
};

const columnCells = (column: Column, index: number): Cell[] => [
  column.name,
  index + 1,
  column.mode === 'NULLABLE' ? 'YES' : 'NO',
  typeName(typeOfColumn(column)),
];

/** `dataset.INFORMATION_SCHEMA.TABLES` and `.COLUMNS`, as a table of values. */
export function informationSchema(
  t: Translator,
  before: readonly string[],
  after: readonly string[],
  node: Located,
): TableSource {
  const name = after.join('.').toUpperCase();
  const view = Object.hasOwn(views, name) ? views[name] : undefined;
  const [dataset, project = t.defaultProject] = before.length === 0 ? [t.defaultDataset] : before.toReversed();
  if (view === undefined || dataset === undefined || before.length > 2) {
    return t.complain.unsupported(
      node,
      `INFORMATION_SCHEMA.${name}`,
      'read <dataset>.INFORMATION_SCHEMA.TABLES or COLUMNS',
    );
  }
  const items = (row: readonly Cell[]) =>
    row.map((cell, index) => `${cellSql(cell)} AS ${quoted(view.columns[index]?.[0] ?? '')}`).join(', ');
  const selects = view.rows(t, project, dataset).map(row => `SELECT ${items(row)}`);
  const none = `SELECT ${items(view.columns.map(([, kind]) => (kind === 'INT64' ? 0 : '')))} WHERE false`;
  return {
    sql: `(${selects.length === 0 ? none : selects.join(' UNION ALL ')})`,
    columns: view.columns.map(([column, kind]) => ({
      name: column,
      type: scalar(kind),
      column: alias => `${alias}.${quoted(column)}`,
    })),
    name,
  };
}

const cellSql = (cell: Cell) => (typeof cell === 'number' ? `CAST(${cell} AS BIGINT)` : stringSql(cell));
