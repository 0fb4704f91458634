import type { Column, ColumnType } from '../../functions/core/schema/column.ts';
import { didYouMean, listed } from './suggest.ts';
import type { Finding } from './yaml-file.ts';

/** https://cloud.google.com/bigquery/docs/clustered-tables#cluster_column_types */
const clusterTypes: readonly ColumnType[] = ['STRING', 'INTEGER', 'NUMERIC', 'BOOLEAN', 'DATE', 'TIMESTAMP'];

/** https://cloud.google.com/bigquery/docs/clustered-tables#limitations */
const maxClusterColumns = 4;

interface Layout {
  readonly partition_by?: unknown;
  readonly cluster_by?: unknown;
}

/**
 * What BigQuery would refuse in a table's layout. `columns` are all top-level columns of the table. The layout is read
 * as it was written, whatever it is; values of another shape are for others to report.
 */
export function layoutFindings({ partition_by, cluster_by }: Layout, columns: readonly Column[]): Finding[] {
  const findings: Finding[] = [];
  if (typeof partition_by === 'string') {
    findings.push(...columnFindings(partition_by, ['partition_by'], columns, ['TIMESTAMP'], 'partitioned'));
  }
  if (!Array.isArray(cluster_by)) return findings;
  if (cluster_by.length > maxClusterColumns) {
    findings.push({
      path: ['cluster_by'],
      what: `${cluster_by.length} columns are given to cluster by`,
      mend: `give at most ${maxClusterColumns}, the one that queries filter by most often first`,
    });
  }
  for (const [index, name] of cluster_by.entries()) {
    if (typeof name !== 'string') continue;
    const path = ['cluster_by', index];
    if (cluster_by.indexOf(name) < index) {
      findings.push({ path, what: `the column "${name}" is given twice`, mend: 'keep one of the two' });
    } else {
      findings.push(...columnFindings(name, path, columns, clusterTypes, 'clustered'));
    }
  }
  return findings;
}

function columnFindings(
  name: string,
  path: Finding['path'],
  columns: readonly Column[],
  types: readonly ColumnType[],
  done: string,
): Finding[] {
  const fits = (column: Column) => column.mode !== 'REPEATED' && types.includes(column.type);
  const column = columns.find(candidate => candidate.name === name);
  if (column !== undefined && fits(column)) return [];
  const fitting = columns.filter(fits).map(candidate => candidate.name);
  const choice = didYouMean(name, fitting) ?? `choose one of ${listed(fitting)}`;
  if (column === undefined) {
    const nested = name.includes('.') ? '; a nested one does not count' : '';
    return [{ path, what: `the table has no column "${name}"${nested}`, mend: choice }];
  }
  const kind = column.mode === 'REPEATED' ? 'repeated' : column.type;
  return [{ path, what: `the column "${name}" is ${kind}, by which no table can be ${done}`, mend: choice }];
}
