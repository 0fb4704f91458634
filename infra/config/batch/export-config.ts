import {
  type ColumnPolicy,
  type Contract,
  type Destination,
  type ExportConfig,
  exportAddress,
  type HmacMask,
  type Mask,
  type Source,
  type Written,
} from '../../../functions/core/batch/config.ts';
import type { SecretReference } from '../../../functions/core/batch/connection.ts';
import type { PiiClasses } from '../../../functions/core/catalogue.ts';
import { modeOf } from './export-findings.ts';
import type { DestinationYaml, ExportYaml, MaskYaml } from './export-shape.ts';
import { alertingOf, type Known, scheduleOf } from './schedule.ts';
import type { ScheduleYaml } from './schedule-shape.ts';
import { secretReference } from './secret.ts';

/** Where the templates of an export are written. */
export interface Templates {
  readonly source: Written;
  readonly merge: (index: number) => Written;
}

/** An export with every default; what it is made of has no findings. */
export function exportConfig(
  service: string,
  id: string,
  schedule: ScheduleYaml,
  written: ExportYaml,
  known: Known,
  classes: PiiClasses | undefined,
  templates: Templates,
): ExportConfig {
  const { project: _project, mask_key, ...inherited } = schedule;
  const effective = { ...inherited, ...written.schedule };
  const maskKey = mask_key === undefined ? undefined : secretReference(mask_key);
  const incremental = written.incremental ?? false;
  const contract = contractOf(written);
  return {
    id,
    address: exportAddress(service, id),
    description: written.description ?? '',
    schedule: scheduleOf(effective),
    alerting: alertingOf(effective, known),
    pool: effective.pool ?? schedule.pool,
    connection: effective.gcp_conn_id ?? schedule.gcp_conn_id,
    source: sourceOf(written, templates.source),
    incremental,
    overlapMinutes: written.overlap ?? 0,
    params: written.params ?? {},
    destinations: written.bigquery.map((destination, index) =>
      destinationOf(destination, incremental, templates.merge(index), { service, export: id }),
    ),
    columns: columnsOf(written, maskKey, classes),
    contract,
    ...(written.partitions !== undefined && { partitions: written.partitions }),
  };
}

function sourceOf({ query, entity }: ExportYaml, written: Written): Source {
  if (entity === undefined) return { type: 'query', query: query ?? '', written };
  return {
    type: 'entity',
    kind: entity.kind,
    ...(entity.namespace !== undefined && { namespace: entity.namespace }),
    where: (entity.where ?? []).map(filter => ({ ...filter, type: filter.type ?? 'string' })),
    written,
  };
}

function destinationOf(
  destination: DestinationYaml,
  incremental: boolean,
  written: Written,
  labels: Readonly<Record<string, string>>,
): Destination {
  const { project, dataset, table, merge_query, partition_by, cluster_by, expiration_days } = destination;
  const partition = typeof partition_by === 'string' ? { column: partition_by } : partition_by;
  return {
    // The platform's, which only a stack knows: see `inPlatform`.
    project: project ?? '',
    dataset,
    table,
    writeMode: modeOf(destination, incremental),
    ...(merge_query !== undefined && { mergeQuery: merge_query, mergeQueryWritten: written }),
    ...(partition !== undefined && {
      partitionBy: { column: partition.column, granularity: granularities[partition.granularity ?? 'day'] },
    }),
    clusterBy: cluster_by ?? [],
    ...(expiration_days !== undefined && { expirationDays: expiration_days }),
    labels: { ...labels, ...destination.labels },
  };
}

const granularities = { hour: 'HOUR', day: 'DAY', month: 'MONTH', year: 'YEAR' } as const;

function columnsOf(
  { columns = {}, mask = {} }: ExportYaml,
  key: SecretReference | undefined,
  classes: PiiClasses | undefined,
) {
  const names = [...new Set([...Object.keys(columns), ...Object.keys(mask)])];
  const policies = names.map((name): [string, ColumnPolicy] => {
    const { on_out_of_range, on_null_element, ...column } = columns[name] ?? {};
    const written = mask[name];
    const policyTag = column.class === undefined ? undefined : classes?.[column.class]?.policyTag;
    const masked = written === undefined ? maskOfClass(column.class, classes, key) : maskOf(written, key);
    return [
      name,
      {
        ...(column.class !== undefined && { class: column.class }),
        ...(column.description !== undefined && { description: column.description }),
        ...(column.type !== undefined && { type: column.type }),
        ...(column.decimal !== undefined && { decimal: column.decimal }),
        // A column that is said to be exported as it is has been thought of, which is what a class is for.
        ...(column.class === undefined && written === 'none' && { class: 'none' }),
        ...(masked !== undefined && { mask: masked }),
        ...(policyTag !== undefined && { policyTag }),
        ...(on_out_of_range !== undefined && { onOutOfRange: on_out_of_range }),
        ...(on_null_element !== undefined && { onNullElement: on_null_element }),
      },
    ];
  });
  return Object.fromEntries(policies);
}

/** As the stream masks a field of the class: a class that nobody described is masked by HMAC. */
function maskOfClass(
  name: string | undefined,
  classes: PiiClasses | undefined,
  key: SecretReference | undefined,
): Mask | undefined {
  if (name === undefined || name === 'none') return undefined;
  const { mask = 'hmac', truncate = 0 } = classes?.[name] ?? {};
  if (mask === 'none') return undefined;
  if (mask === 'drop') return { method: 'drop' };
  return mask === 'hmac' ? hmac(key) : { method: 'truncate', length: truncate, otherwise: hmac(key) };
}

function hmac(key: SecretReference | undefined): HmacMask {
  if (key === undefined) throw new Error('a mask by hmac has no key, which its check has let pass');
  return { method: 'hmac', key };
}

function maskOf(written: MaskYaml, key: SecretReference | undefined): Mask | undefined {
  if (written === 'none') return undefined;
  if (written === 'drop') return { method: 'drop' };
  if (written === 'redact') return { method: 'redact', text: 'REDACTED' };
  if (written === 'hmac') return hmac(key);
  if ('hmac' in written) return { method: 'hmac', key: secretReference(written.hmac) };
  if ('truncate' in written) return { method: 'truncate', length: written.truncate };
  return 'keep_last' in written
    ? { method: 'keep_last', length: written.keep_last }
    : { method: 'redact', text: written.redact };
}

/** Under `SELECT *`, or of entities, nobody has read in review which columns there are. */
const selectsAll = ({ query }: ExportYaml) =>
  query === undefined || /(?:\bselect\s|,\s*)(?:distinct\s+)?(?:\w+\.)?\*/i.test(query);

function contractOf(written: ExportYaml): Contract {
  const contract = typeof written.contract === 'string' ? { new_columns: written.contract } : (written.contract ?? {});
  return {
    newColumns: contract.new_columns ?? 'evolve',
    unclassified: contract.unclassified ?? (selectsAll(written) ? 'fail' : 'allow'),
  };
}
