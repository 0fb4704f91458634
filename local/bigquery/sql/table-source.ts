import type { ScopeColumn } from './scope.ts';

/** What a table is read as: DuckDB's SQL of it, and its columns by their DuckDB names. */
export interface TableSource {
  readonly sql: string;
  readonly columns: readonly (Omit<ScopeColumn, 'sql'> & { readonly column: (alias: string) => string })[];
  /** The alias that it has when the query gives none. */
  readonly name: string;
}
