import type { Access } from '../access.ts';
import { ApiError, invalid, unsupported } from '../errors.ts';
import { checkTable, duckdbName, quoted, type TableName, tableId } from '../names.ts';
import type { Json } from '../properties.ts';
import { appendRows } from '../store/append.ts';
import type { Catalogue } from '../store/catalogue.ts';
import type { Column } from '../types.ts';
import { rowJson } from '../values/cell.ts';
import { timestampFormat } from './format-options.ts';
import { readInsertRows } from './insert-rows.ts';
import type { Call, Route } from './route.ts';
import { route } from './route.ts';
import { countOf, pageStart, pageToken } from './server.ts';
import { tableOf } from './tables.ts';

/** https://cloud.google.com/bigquery/quotas#streaming_inserts */
const maxInsertBytes = 10 * 1024 * 1024;
const maxInsertRows = 50_000;
/** How long BigQuery remembers an insertId, best effort: https://cloud.google.com/bigquery/docs/streaming-data-into-bigquery#dataconsistency */
const rememberedMillis = 60_000;
/** Rows of a page, at most. */
const maxPageRows = 50_000;

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata */
export function tabledataRoutes(catalogue: Catalogue, access: Access, now: () => number): Route[] {
  const table = 'projects/{project}/datasets/{dataset}/tables/{table}';
  const insertIds = new Map<string, number>();

  async function list({ caller, path, query }: Call): Promise<object> {
    const name = tableOf(path);
    access.table(caller, 'bigquery.tables.getData', name);
    const record = catalogue.table(name);
    if (record.kind === 'VIEW') throw invalid('Cannot list a table of type VIEW.');
    const selected = selectColumns(query.get('selectedFields'), record.columns);
    const start = query.has('pageToken')
      ? pageStart(query.get('pageToken'))
      : (countOf(query.get('startIndex'), 'startIndex') ?? 0);
    const size = Math.min(countOf(query.get('maxResults'), 'maxResults') ?? maxPageRows, maxPageRows);
    const { rows, total } = await catalogue.database.read(async connection => {
      const columns = selected.map(column => quoted(column.name)).join(', ');
      const result = await connection.runAndReadAll(
        `SELECT ${columns} FROM ${duckdbName(name)} ORDER BY rowid LIMIT ${size} OFFSET ${start}`,
      );
      const count = await connection.runAndReadAll(`SELECT count(*) FROM ${duckdbName(name)}`);
      return { rows: result.getRows(), total: Number(count.getRows()[0]?.[0]) };
    });
    const end = start + rows.length;
    const format = timestampFormat(
      query.get('formatOptions.useInt64Timestamp'),
      query.get('formatOptions.timestampOutputFormat'),
    );
    return {
      kind: 'bigquery#tableDataList',
      etag: record.etag,
      totalRows: String(total),
      ...(end < total && size > 0 ? { pageToken: pageToken(end) } : {}),
      ...(rows.length > 0 && { rows: rows.map(row => rowJson(selected, row, format)) }),
    };
  }

  async function insertAll({ caller, path, body, bodyBytes }: Call): Promise<object> {
    const name = tableOf(path);
    checkTable(name.table);
    access.table(caller, 'bigquery.tables.updateData', name);
    if (bodyBytes > maxInsertBytes) {
      throw new ApiError('uploadTooLarge', `Request payload size exceeds the limit: ${maxInsertBytes} bytes.`);
    }
    if (body['templateSuffix']) throw unsupported('templateSuffix', 'templateSuffix');
    const rows: unknown[] = Array.isArray(body['rows']) ? body['rows'] : [];
    if (rows.length === 0) throw invalid('No rows present in the request.');
    if (rows.length > maxInsertRows)
      throw invalid(`too many rows present in the request, limit: ${maxInsertRows} row count: ${rows.length}.`);
    const errors = await catalogue.database.write(async connection => {
      const record = catalogue.table(name);
      if (record.kind === 'VIEW') throw invalid('Cannot insert rows into a table of type VIEW.');
      const read = readInsertRows(record, catalogue.writableColumns(record), rows, insertOptions(body), now());
      const fresh = read.rows.filter(({ insertId }) => insertId === undefined || isFresh(name, insertId));
      await appendRows(
        connection,
        record,
        fresh.map(row => row.values),
        now(),
      );
      for (const { insertId } of fresh) if (insertId !== undefined) insertIds.set(insertKey(name, insertId), now());
      return read.errors;
    });
    return { kind: 'bigquery#tableDataInsertAllResponse', ...(errors.length > 0 && { insertErrors: errors }) };
  }

  function isFresh(name: TableName, insertId: string): boolean {
    // The map is in the order of insertion, so the oldest come first.
    for (const [key, time] of insertIds) {
      if (now() - time < rememberedMillis) break;
      insertIds.delete(key);
    }
    return !insertIds.has(insertKey(name, insertId));
  }

  return [route('GET', `${table}/data`, list), route('POST', `${table}/insertAll`, insertAll)];
}

const insertKey = (name: TableName, insertId: string) => `${tableId(name)}/${insertId}`;

const insertOptions = (body: Json) => ({
  ignoreUnknown: body['ignoreUnknownValues'] === true,
  skipInvalid: body['skipInvalidRows'] === true,
});

/** The columns that `selectedFields` lists; all of them without it. */
function selectColumns(selected: string | null, columns: readonly Column[]): readonly Column[] {
  if (selected === null || selected === '') return columns;
  const names = selected.split(',').map(name => name.trim().toLowerCase());
  for (const name of names) {
    if (name.includes('.')) throw unsupported('A nested field in selectedFields', 'selectedFields');
    if (!columns.some(column => column.name.toLowerCase() === name))
      throw invalid(`No such field: ${name}.`, 'selectedFields');
  }
  return columns.filter(column => names.includes(column.name.toLowerCase()));
}
