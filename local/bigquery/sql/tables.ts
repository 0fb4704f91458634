import type { EntityName, Identifier } from 'sql-parser-cst';
import { duckdbName, quoted, type TableName } from '../names.ts';
import type { Located } from './errors.ts';
import { stringSql } from './expression.ts';
import { informationSchema } from './information-schema.ts';
import { type SqlType, sameType, scalar, typeOfColumn } from './sql-type.ts';
import type { TableSource } from './table-source.ts';
import type { CatalogueTable, Translator } from './translator.ts';

type PathNode = EntityName | { readonly type: string };

/** The names of a table path, however it is split by backticks. */
export function pathNames(t: Translator, node: PathNode): string[] {
  const path = node as EntityName;
  switch (path.type) {
    case 'identifier':
      return splitQuoted(path);
    case 'bigquery_quoted_member_expr':
      return pathNames(t, path.expr);
    case 'member_expr':
      return [...pathNames(t, path.object), ...pathNames(t, path.property)];
    default:
      return t.complain.invalid(path, 'A table name is required');
  }
}

const splitQuoted = ({ name, text }: Identifier) => (text.startsWith('`') ? name.split('.') : [name]);

/** The table that a path names. */
export function tableName(t: Translator, names: readonly string[], node: Located): TableName {
  const [table = '', dataset, project, ...more] = names.toReversed();
  if (more.length > 0) return t.complain.invalid(node, `Invalid table name: ${names.join('.')}`);
  const inDataset = dataset ?? t.defaultDataset;
  if (inDataset === undefined) {
    return t.complain.invalid(node, `Table "${table}" must be qualified with a dataset (e.g. dataset.table).`);
  }
  if (table.includes('$'))
    return t.complain.unsupported(node, 'A partition decorator', 'filter by the partition column');
  return { project: project ?? t.defaultProject, dataset: inDataset, table };
}

export function findTable(t: Translator, name: TableName, node: Located): CatalogueTable {
  const found = t.tables(name).find(({ table }) => table === name.table);
  return found ?? t.complain.notFound(node, `Not found: Table ${name.project}:${name.dataset}.${name.table}`);
}

/** Reads the table, wildcard table or INFORMATION_SCHEMA view that a path names. */
export function readTable(t: Translator, node: PathNode & Located): TableSource {
  const names = pathNames(t, node);
  const schema = names.findIndex(name => name.toUpperCase() === 'INFORMATION_SCHEMA');
  if (schema >= 0) return informationSchema(t, names.slice(0, schema), names.slice(schema + 1), node);
  const name = tableName(t, names, node);
  if (name.table.endsWith('*')) return wildcardTable(t, name, node);
  const table = findTable(t, name, node);
  t.reads(name);
  return { sql: duckdbName(name), columns: columnsOf(table), name: name.table };
}

/** The columns of a table, the pseudo columns last. */
export function columnsOf(table: CatalogueTable): TableSource['columns'] {
  const columns = table.columns
    .filter(({ name }) => name !== '_PARTITIONTIME')
    .map(column => ({
      name: column.name,
      type: typeOfColumn(column),
      column: (alias: string) => `${alias}.${quoted(column.name)}`,
    }));
  return table.partitioned ? [...columns, ...partitionColumns] : columns;
}

/** https://cloud.google.com/bigquery/docs/querying-partitioned-tables#query_an_ingestion-time_partitioned_table */
const partitionColumns: TableSource['columns'] = [
  { name: '_PARTITIONTIME', type: scalar('TIMESTAMP'), pseudo: true, column: alias => `${alias}."_PARTITIONTIME"` },
  {
    name: '_PARTITIONDATE',
    type: scalar('DATE'),
    pseudo: true,
    column: alias => `CAST(timezone('UTC', ${alias}."_PARTITIONTIME") AS DATE)`,
  },
];

/**
 * All tables of a prefix as one. Its columns are those of the table created last, which is the last in the catalogue.
 * https://cloud.google.com/bigquery/docs/querying-wildcard-tables
 */
function wildcardTable(t: Translator, name: TableName, node: Located): TableSource {
  const prefix = name.table.slice(0, -1);
  const matching = t.tables(name).filter(({ table }) => table.startsWith(prefix));
  const latest = matching.at(-1);
  if (latest === undefined) {
    return t.complain.notFound(node, `${name.project}:${name.dataset}.${name.table} does not match any table.`);
  }
  const wanted = columnsOf(latest).filter(({ pseudo }) => pseudo !== true);
  const selects = matching.map(table => {
    t.reads({ ...name, table: table.table });
    const columns = new Map(columnsOf(table).map(column => [column.name.toLowerCase(), column]));
    const items = wanted.map(({ name: column, type }) => {
      const own = columns.get(column.toLowerCase());
      return `${own === undefined ? 'NULL' : sameOrRefuse(own.type, type, column)} AS ${quoted(column)}`;
    });
    const suffix = `${stringSql(table.table.slice(prefix.length))} AS "_TABLE_SUFFIX"`;
    return `SELECT ${[...items, suffix].join(', ')} FROM ${duckdbName({ ...name, table: table.table })}`;
  });
  const suffixColumn = {
    name: '_TABLE_SUFFIX',
    type: scalar('STRING'),
    pseudo: true,
    column: (alias: string) => `${alias}."_TABLE_SUFFIX"`,
  };
  // The latest table first, so that its types are those of the whole.
  return { sql: `(${selects.toReversed().join(' UNION ALL ')})`, columns: [...wanted, suffixColumn], name: name.table };

  function sameOrRefuse(own: SqlType, type: SqlType, column: string): string {
    return sameType(own, type)
      ? quoted(column)
      : t.complain.unsupported(node, `The column ${column}, whose type differs between the tables of ${name.table},`);
  }
}
