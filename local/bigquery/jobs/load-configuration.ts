import { type AvroReading, type DecimalTarget, decimalTargets } from '../avro/avro-columns.ts';
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
  readonly reading: AvroReading;
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
  const updates: unknown[] = Array.isArray(load['schemaUpdateOptions']) ? load['schemaUpdateOptions'] : [];
  const schema = isObject(load['schema']) ? parseColumns(load['schema']['fields']) : undefined;
  const properties = isObject(load['destinationTableProperties']) ? load['destinationTableProperties'] : {};
  return {
    sources: sources.map(textOf),
    destination: parseDestination(load['destinationTable'], project),
    writeDisposition,
    createIfNeeded: createDisposition === 'CREATE_IF_NEEDED',
    reading: {
      useAvroLogicalTypes: load['useAvroLogicalTypes'] === true,
      decimalTargets: parseDecimalTargets(load['decimalTargetTypes']),
    },
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

/** NUMERIC alone when nothing is said, as for all formats but ORC. */
function parseDecimalTargets(given: unknown): readonly DecimalTarget[] {
  if (!Array.isArray(given) || given.length === 0) return ['NUMERIC'];
  const known = decimalTargets.filter(target => given.includes(target));
  if (known.length !== given.length) {
    throw invalid(`Invalid or repeated decimalTargetTypes: ${given.map(textOf).join(', ')}`, 'decimalTargetTypes');
  }
  return known;
}
