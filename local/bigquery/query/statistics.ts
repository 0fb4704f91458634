import type { Column } from '../types.ts';
import type { QueryResult } from './query-result.ts';

/** The `statistics` of a query job. `schema` is for a dry run, which has no other place for it. */
export function queryStatistics(result: QueryResult, schema?: readonly Column[]) {
  const { affectedRows, ddlTarget, statementType } = result;
  return {
    query: {
      statementType,
      totalBytesProcessed: '0',
      totalBytesBilled: '0',
      cacheHit: false,
      ...(schema && { schema: { fields: schema } }),
      ...(affectedRows !== undefined && { numDmlAffectedRows: String(affectedRows), dmlStats: dmlStats(result) }),
      ...(ddlTarget && {
        ddlTargetTable: { projectId: ddlTarget.project, datasetId: ddlTarget.dataset, tableId: ddlTarget.table },
      }),
    },
  } as const satisfies Record<string, object> as { readonly query: { numDmlAffectedRows?: string; dmlStats?: object } };
}

/** DuckDB tells the sum only, so a MERGE has none. */
function dmlStats({ statementType, affectedRows }: QueryResult): object | undefined {
  const count = String(affectedRows);
  if (statementType === 'INSERT') return { insertedRowCount: count };
  if (statementType === 'UPDATE') return { updatedRowCount: count };
  if (statementType === 'DELETE') return { deletedRowCount: count };
  return undefined;
}
