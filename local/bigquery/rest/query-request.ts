import { invalid, unsupported } from '../errors.ts';
import { isObject, type Json } from '../properties.ts';
import { type Parameter, parseParameters } from '../query/parameters.ts';

/** A query as `jobs.query` and a query job ask for it. */
export interface QueryRequest {
  readonly sql: string;
  readonly project: string;
  readonly dataset: string | undefined;
  readonly parameters: readonly Parameter[];
  readonly dryRun: boolean;
}

const unsupportedSettings = [
  'destinationTable',
  'tableDefinitions',
  'userDefinedFunctionResources',
  'connectionProperties',
];

export function parseQuery(body: Json, project: string): QueryRequest {
  const { query, defaultDataset } = body;
  if (typeof query !== 'string' || query.trim() === '') throw invalid('The query is missing.', 'query');
  // In the REST API the default is true; Google's clients send false.
  if (body['useLegacySql'] !== false && body['useLegacySql'] !== 'false') {
    throw unsupported('Legacy SQL, which is the default of useLegacySql; set it to false: it', 'useLegacySql');
  }
  for (const name of unsupportedSettings) {
    const value = body[name];
    if (isObject(value) || (Array.isArray(value) && value.length > 0)) throw unsupported(`${name} of a query`, name);
  }
  if (body['createSession'] === true) throw unsupported('A session', 'createSession');
  const dataset = isObject(defaultDataset) ? defaultDataset : {};
  return {
    sql: query,
    project: typeof dataset['projectId'] === 'string' && dataset['projectId'] !== '' ? dataset['projectId'] : project,
    dataset: typeof dataset['datasetId'] === 'string' ? dataset['datasetId'] : undefined,
    parameters: parseParameters(body['queryParameters']),
    dryRun: body['dryRun'] === true,
  };
}
