import { invalid, unsupported } from '../errors.ts';
import { checkTable, type TableName } from '../names.ts';
import { isObject, type Json, textOf } from '../properties.ts';
import { parseColumns } from '../schema.ts';
import type { Column } from '../types.ts';

/** A load job as it is asked for: https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#jobconfigurationload */
export interface LoadConfiguration {
  readonly sources: readonly string[];
  readonly destination: TableName;
  readonly writeDisposition: 'WRITE_APPEND' | 'WRITE_TRUNCATE' | 'WRITE_EMPTY';
  readonly createIfNeeded: boolean;
  readonly useAvroLogicalTypes: boolean;
  readonly allowFieldAddition: boolean;
  readonly allowFieldRelaxation: boolean;
  readonly schema: readonly Column[] | undefined;
  /** Holds timePartitioning, clustering and the destination's description and labels. */
  readonly settings: Json;
}

const writeDispositions = ['WRITE_APPEND', 'WRITE_TRUNCATE', 'WRITE_EMPTY'] as const;
const unsupportedSettings = [
  'rangePartitioning',
  'hivePartitioningOptions',
  'connectionProperties',
  'projectionFields',
];

export function parseLoad(load: Json, project: string): LoadConfiguration {
  const sources: unknown = load['sourceUris'];
  if (!Array.isArray(sources) || sources.length === 0) throw invalid('A load job needs sourceUris.', 'sourceUris');
  if (load['sourceFormat'] !== 'AVRO') {
    throw unsupported(`The source format ${textOf(load['sourceFormat'] ?? 'CSV')} of a load job`, 'sourceFormat');
  }
  for (const name of unsupportedSettings) if (load[name]) throw unsupported(`${name} of a load job`, name);
  const wanted = load['writeDisposition'] ?? 'WRITE_APPEND';
  const writeDisposition = writeDispositions.find(disposition => disposition === wanted);
  if (!writeDisposition) throw unsupported(`The write disposition ${textOf(wanted)}`, 'writeDisposition');
  const createDisposition = load['createDisposition'] ?? 'CREATE_IF_NEEDED';
  if (createDisposition !== 'CREATE_IF_NEEDED' && createDisposition !== 'CREATE_NEVER') {
    throw invalid(`Invalid value for createDisposition: ${textOf(createDisposition)}`, 'createDisposition');
  }
  checkDecimals(load['decimalTargetTypes']);
  const updates: unknown[] = Array.isArray(load['schemaUpdateOptions']) ? load['schemaUpdateOptions'] : [];
  const schema = isObject(load['schema']) ? parseColumns(load['schema']['fields']) : undefined;
  const properties = isObject(load['destinationTableProperties']) ? load['destinationTableProperties'] : {};
  return {
    sources: sources.map(textOf),
    destination: parseDestination(load['destinationTable'], project),
    writeDisposition,
    createIfNeeded: createDisposition === 'CREATE_IF_NEEDED',
    useAvroLogicalTypes: load['useAvroLogicalTypes'] === true,
    allowFieldAddition: updates.includes('ALLOW_FIELD_ADDITION'),
    allowFieldRelaxation: updates.includes('ALLOW_FIELD_RELAXATION'),
    schema,
    settings: { ...properties, timePartitioning: load['timePartitioning'], clustering: load['clustering'] },
  };
}

function parseDestination(reference: unknown, project: string): TableName {
  if (!isObject(reference)) throw invalid('A load job needs a destinationTable.', 'destinationTable');
  const table = textOf(reference['tableId']);
  checkTable(table);
  const projectId = reference['projectId'];
  return {
    project: typeof projectId === 'string' && projectId !== '' ? projectId : project,
    dataset: textOf(reference['datasetId']),
    table,
  };
}

/** Decimals become NUMERIC, which is BigQuery's default too; a list without it would ask for another type. */
function checkDecimals(types: unknown): void {
  if (Array.isArray(types) && types.length > 0 && !types.includes('NUMERIC')) {
    throw unsupported(`decimalTargetTypes without NUMERIC`, 'decimalTargetTypes');
  }
}
