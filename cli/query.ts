import type { Clients } from '../local/clients.ts';
import { type Cell, type Field, type QueryValue, queryValue } from './query-value.ts';

/** The rows of a query, and the fields that their values are of. */
export interface QueryResult {
  readonly fields: readonly Field[];
  readonly rows: readonly (readonly QueryValue[])[];
}

/** One page of `jobs.getQueryResults`, as it comes. */
interface Page {
  readonly schema?: { readonly fields?: readonly Field[] };
  readonly rows?: readonly { readonly f: readonly Cell[] }[];
  readonly pageToken?: string;
}

/** Runs a GoogleSQL query and reads all of its rows. Rejects with the error of the server. */
export async function runQuery(
  bigquery: Clients['bigquery'],
  query: string,
  params?: Readonly<Record<string, string | number>>,
): Promise<QueryResult> {
  const [job] = await bigquery.createQueryJob({ query, ...(params !== undefined && { params: { ...params } }) });
  const rows: QueryValue[][] = [];
  let fields: readonly Field[] = [];
  let pageToken: string | undefined;
  do {
    // Values are read here: the client would round integers, and says nothing of the columns when there is no row.
    const [, , response] = await job.getQueryResults({
      autoPaginate: false,
      skipParsing: true,
      ...(pageToken !== undefined && { pageToken }),
    });
    const page = response as Page;
    fields = page.schema?.fields ?? fields;
    for (const { f } of page.rows ?? []) rows.push(f.map((cell, index) => valueAt(fields, index, cell)));
    pageToken = page.pageToken;
  } while (pageToken !== undefined);
  return { fields, rows };
}

function valueAt(fields: readonly Field[], index: number, cell: Cell): QueryValue {
  const field = fields[index];
  if (field === undefined) throw new Error(`a row has more than ${fields.length} values`);
  return queryValue(field, cell);
}
