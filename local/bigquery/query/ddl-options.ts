import { invalid, unsupported } from '../errors.ts';
import { checkLabels } from '../properties.ts';
import type { Created } from '../sql/statement.ts';
import type { DatasetRecord, TableRecord, TimePartitioning } from '../store/records.ts';
import { parseTimestamp } from '../values/civil.ts';

const dayMillis = 86_400_000;

/** How an OPTIONS entry is called in the REST API, and how its value is written there. */
type Translation = readonly [property: string, value: (given: unknown) => unknown];

const same = (given: unknown) => given;
const daysAsMillis = (given: unknown) => (typeof given === 'number' ? String(Math.round(given * dayMillis)) : given);
const labels = (given: unknown) => (Array.isArray(given) ? Object.fromEntries(given as [string, string][]) : {});

const common: Readonly<Record<string, Translation>> = {
  description: ['description', same],
  friendly_name: ['friendlyName', same],
  labels: ['labels', labels],
};

const ofDatasets: Readonly<Record<string, Translation>> = {
  ...common,
  location: ['location', same],
  default_table_expiration_days: ['defaultTableExpirationMs', daysAsMillis],
  default_partition_expiration_days: ['defaultPartitionExpirationMs', daysAsMillis],
};

const ofTables: Readonly<Record<string, Translation>> = {
  ...common,
  require_partition_filter: ['requirePartitionFilter', same],
};

/** The properties of a dataset that CREATE SCHEMA makes. */
export const datasetSettings = ({ options = {} }: Created): DatasetRecord['properties'] =>
  translated(options, ofDatasets);

/** What CREATE TABLE and CREATE VIEW say beside the columns. */
export function tableSettings(
  created: Created,
): Pick<TableRecord, 'properties' | 'timePartitioning' | 'expirationTime'> {
  const { expiration_timestamp: expiration, partition_expiration_days: lifetime, ...options } = created.options ?? {};
  const timePartitioning = partitioning(created, lifetime);
  const micros = typeof expiration === 'string' ? parseTimestamp(expiration) : undefined;
  if (typeof expiration === 'string' && micros === undefined)
    throw invalid(`Invalid expiration_timestamp: ${expiration}`);
  return {
    properties: {
      ...translated(options, ofTables),
      ...(created.clusterBy && { clustering: { fields: created.clusterBy } }),
    },
    ...(timePartitioning && { timePartitioning }),
    ...(micros !== undefined && { expirationTime: Number(micros / 1000n) }),
  };
}

function partitioning({ partitionBy }: Created, lifetimeDays: unknown): TimePartitioning | undefined {
  if (partitionBy === undefined) return undefined;
  if ('range' in partitionBy) throw unsupported('Partitioning by integer range');
  return {
    type: partitionBy.type,
    ...(partitionBy.field !== undefined && { field: partitionBy.field }),
    ...(typeof lifetimeDays === 'number' && { expirationMs: String(Math.round(lifetimeDays * dayMillis)) }),
  };
}

function translated(
  options: Readonly<Record<string, unknown>>,
  names: Readonly<Record<string, Translation>>,
): Record<string, unknown> {
  const properties = Object.entries(options)
    .filter(([, value]) => value !== null)
    .map(([option, value]) => {
      const translation = names[option];
      if (translation === undefined) throw unsupported(`The option ${option}`);
      return [translation[0], translation[1](value)] as const;
    });
  const settings = Object.fromEntries(properties);
  checkLabels(settings);
  return settings;
}
