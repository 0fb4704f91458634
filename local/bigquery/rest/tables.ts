import type { Access } from '../access.ts';
import { invalid, unsupported } from '../errors.ts';
import { checkLayout, parsePartitioning } from '../layout.ts';
import { checkTable, duckdbName, type TableName } from '../names.ts';
import { checkLabels, int64Property, isObject, type Json, patched, pick, textOf } from '../properties.ts';
import type { Views } from '../query/views.ts';
import { parseColumns, schemaChange } from '../schema.ts';
import { type Catalogue, checkEtag, type Draft } from '../store/catalogue.ts';
import type { TableRecord } from '../store/records.ts';
import type { Column } from '../types.ts';
import { datasetOf } from './datasets.ts';
import { type Call, type Route, route } from './route.ts';
import { page } from './server.ts';
import { tableListItem, tableResourceJson } from './table-resource.ts';
import { createUpdateRate } from './update-rate.ts';

/** https://cloud.google.com/bigquery/docs/access-control#bq-permissions: sets policy tags in a table's schema */
const setCategory = 'bigquery.tables.setCategory';

/** The policy tags of all columns, as a text to compare; empty without any. */
const tagsOf = (columns: readonly Column[], parent = ''): string =>
  columns
    .map(({ name, policyTags, fields }) => {
      const own = policyTags === undefined ? '' : `${parent}${name} ${JSON.stringify(policyTags)}\n`;
      return own + tagsOf(fields ?? [], `${parent}${name}.`);
    })
    .join('');

const writable = ['clustering', 'description', 'friendlyName', 'labels', 'requirePartitionFilter'];

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/tables */
export function tableRoutes(catalogue: Catalogue, views: Views, access: Access, now: () => number): Route[] {
  const many = 'projects/{project}/datasets/{dataset}/tables';
  const one = `${many}/{table}`;
  const { database } = catalogue;
  const countUpdate = createUpdateRate(now);

  function list({ caller, path, query }: Call): object {
    const name = datasetOf(path);
    access.dataset(caller, 'bigquery.tables.list', name);
    catalogue.dataset(name);
    const tables = catalogue.tables(name);
    const { items, ...rest } = page(tables, query);
    return {
      kind: 'bigquery#tableList',
      etag: name.dataset,
      ...rest,
      tables: items.map(tableListItem),
      totalItems: tables.length,
    };
  }

  async function insert({ caller, path, body }: Call): Promise<object> {
    const dataset = datasetOf(path);
    access.dataset(caller, 'bigquery.tables.create', dataset);
    const reference = isObject(body['tableReference']) ? body['tableReference'] : {};
    const name = { ...dataset, table: textOf(reference['tableId']) };
    checkTable(name.table);
    checkLabels(body);
    refuseUnsupported(body);
    const viewQuery = parseView(body);
    if (viewQuery !== undefined) return resource(await views.create(name, viewQuery, pick(body, writable)));
    const draft: Draft<TableRecord> = {
      ...name,
      kind: 'TABLE',
      columns: columnsOf(body) ?? [],
      ...tableSettings(name, body),
    };
    checkLayout(draft);
    if (tagsOf(draft.columns) !== '') access.table(caller, setCategory, name);
    return resource(await database.transaction(transaction => catalogue.createTable(transaction, draft)));
  }

  function tableSettings(
    name: TableName,
    body: Json,
  ): Pick<TableRecord, 'properties' | 'timePartitioning' | 'expirationTime'> {
    const partitioning = parsePartitioning(body);
    const lifetime = int64Property(catalogue.dataset(name).properties, 'defaultTableExpirationMs');
    const expirationTime =
      int64Property(body, 'expirationTime') ?? (lifetime === undefined ? undefined : now() + lifetime);
    return {
      properties: pick(body, writable),
      ...(partitioning && { timePartitioning: partitioning }),
      ...(expirationTime !== undefined && { expirationTime }),
    };
  }

  async function get({ caller, path }: Call): Promise<object> {
    const name = tableOf(path);
    access.table(caller, 'bigquery.tables.get', name);
    return resource(catalogue.table(name));
  }

  const change = (kind: 'patch' | 'update') => async (call: Call) => {
    const name = tableOf(call.path);
    access.table(call.caller, 'bigquery.tables.update', name);
    checkLabels(call.body);
    refuseUnsupported(call.body);
    const viewQuery = parseView(call.body);
    if (viewQuery !== undefined) {
      const { properties } = changed(catalogue.table(name), call.body, kind);
      return resource(await views.replace(name, viewQuery, properties, call.ifMatch));
    }
    const grew = await database.transaction(async transaction => {
      const old = catalogue.table(name);
      checkEtag(old, call.ifMatch);
      const draft = changed(old, call.body, kind);
      const wanted = columnsOf(call.body);
      const { columns, steps } = wanted ? schemaChange(name, old.columns, wanted) : { columns: old.columns, steps: [] };
      countUpdate(name);
      checkLayout({ ...draft, columns });
      if (tagsOf(columns) !== tagsOf(old.columns)) access.table(call.caller, setCategory, name);
      await catalogue.changeTable(transaction, { ...draft, columns }, steps);
      return steps.length > 0;
    });
    if (grew) await views.refresh();
    return resource(catalogue.table(name));
  };

  async function remove({ caller, path }: Call): Promise<undefined> {
    const name = tableOf(path);
    access.table(caller, 'bigquery.tables.delete', name);
    await database.transaction(transaction => catalogue.dropTable(transaction, name));
    return undefined;
  }

  async function resource(record: TableRecord): Promise<object> {
    if (record.kind === 'VIEW') return tableResourceJson(record, 0);
    const count = await database.read(connection =>
      connection.runAndReadAll(`SELECT count(*) FROM ${duckdbName(record)}`),
    );
    return tableResourceJson(record, Number(count.getRows()[0]?.[0] ?? 0));
  }

  return [
    route('GET', many, list),
    route('POST', many, insert),
    route('GET', one, get),
    route('PATCH', one, change('patch')),
    route('PUT', one, change('update')),
    route('DELETE', one, remove),
  ];
}

export const tableOf = (path: Readonly<Record<string, string>>): TableName => ({
  ...datasetOf(path),
  table: path['table'] ?? '',
});

function columnsOf(body: Json): Column[] | undefined {
  const { schema } = body;
  if (schema === undefined || schema === null) return undefined;
  if (!isObject(schema)) throw invalid('The schema must be an object.', 'schema');
  return parseColumns(schema['fields'] ?? []);
}

/** A table's record as a request changes it, but for its schema. */
function changed(old: TableRecord, body: Json, kind: 'patch' | 'update'): Draft<TableRecord> {
  const { expirationTime: oldExpiration, timePartitioning: oldPartitioning, ...rest } = old;
  const given = 'timePartitioning' in body ? parsePartitioning(body) : undefined;
  if (given && given.field !== oldPartitioning?.field) {
    throw invalid(
      oldPartitioning === undefined
        ? 'Cannot convert non partitioned/clustered table to partitioned/clustered table.'
        : 'Cannot change partitioning spec for a partitioned/clustered table.',
    );
  }
  const partitioning = given ?? oldPartitioning;
  const expirationTime =
    'expirationTime' in body || kind === 'update' ? int64Property(body, 'expirationTime') : oldExpiration;
  return {
    ...rest,
    properties: kind === 'patch' ? patched(old.properties, body, writable) : pick(body, writable),
    ...(partitioning && { timePartitioning: partitioning }),
    ...(expirationTime !== undefined && { expirationTime }),
  };
}

/** The GoogleSQL of a view; undefined for a table. */
function parseView(body: Json): string | undefined {
  const { view } = body;
  if (!isObject(view)) return undefined;
  if (view['useLegacySql'] !== false) {
    throw unsupported(
      'Legacy SQL, which is the default of view.useLegacySql; set it to false: it',
      'view.useLegacySql',
    );
  }
  if (typeof view['query'] !== 'string') throw invalid('The view has no query.', 'view.query');
  return view['query'];
}

function refuseUnsupported(body: Json): void {
  for (const name of [
    'externalDataConfiguration',
    'materializedView',
    'rangePartitioning',
    'snapshotDefinition',
    'cloneDefinition',
  ]) {
    if (isObject(body[name])) throw unsupported(`A table with ${name}`, name);
  }
}
