import { isObject, type Json, textOf } from '../properties.ts';
import type { QueryResult } from '../query/query-result.ts';
import { queryStatistics } from '../query/statistics.ts';
import { rowJson } from '../values/cell.ts';
import { timestampFormat } from './format-options.ts';
import { countOf, pageStart, pageToken } from './server.ts';
import { schemaJson } from './table-resource.ts';

/** Rows of a page, at most. */
const maxPageRows = 50_000;

/** A page of a query's rows, as `jobs.query` and `jobs.getQueryResults` answer. */
export function queryPage(page: {
  readonly kind: string;
  readonly result: QueryResult;
  /** Holds maxResults, pageToken or startIndex, and formatOptions. */
  readonly request: Json;
  readonly jobReference: object;
}): object {
  const { result, request } = page;
  const options = isObject(request['formatOptions']) ? request['formatOptions'] : {};
  const format = timestampFormat(options['useInt64Timestamp'], options['timestampOutputFormat']);
  const token = textOf(request['pageToken']);
  const start = token === '' ? (countOf(textOf(request['startIndex']), 'startIndex') ?? 0) : pageStart(token);
  const size = Math.min(countOf(textOf(request['maxResults']), 'maxResults') ?? maxPageRows, maxPageRows);
  const end = Math.min(start + size, result.rows.length);
  const { query: statistics } = queryStatistics(result);
  return {
    kind: page.kind,
    jobReference: page.jobReference,
    jobComplete: true,
    cacheHit: false,
    totalBytesProcessed: '0',
    ...(result.statementType === 'SELECT' && {
      schema: schemaJson(result.columns),
      totalRows: String(result.rows.length),
      rows: result.rows.slice(start, end).map(row => rowJson(result.columns, row, format)),
      ...(end < result.rows.length && { pageToken: pageToken(end) }),
    }),
    ...(result.affectedRows !== undefined && {
      numDmlAffectedRows: statistics.numDmlAffectedRows,
      dmlStats: statistics.dmlStats,
    }),
  };
}
