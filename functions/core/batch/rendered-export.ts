import { attemptPrefix } from './batch-names.ts';
import { type BatchService, type Destination, type ExportConfig, type Written } from './config.ts';
import { isDatabase } from './connection.ts';
import type { ExportRequest, RenderedSource } from './export-request.ts';
import { later, minutes } from './instant.ts';
import type { Interval } from './interval.ts';
import { isScheduled, type RunStatus } from './run-status.ts';
import { renderTemplate } from './templates.ts';

/**
 * What the task of an attempt carries. Throws a TemplateError when a template cannot be rendered for that interval, and
 * an Error when the connection is not a database of the service, which `onramp check` refuses.
 */
export function exportRequest(
  service: BatchService,
  config: ExportConfig,
  run: Pick<RunStatus, 'interval' | 'started' | 'kind'>,
  attempt: number,
  bucket: string,
): ExportRequest {
  const { schedule, address, partitions } = config;
  const connection = service.connections[config.connection];
  if (connection === undefined || !isDatabase(connection)) {
    throw new Error(`${address}: the connection "${config.connection}" is no database`);
  }
  const runTimeout = isScheduled(run) ? schedule.dagrunTimeoutMinutes : undefined;
  return {
    version: 1,
    export: address,
    interval: run.interval,
    attempt,
    connection,
    source: renderSource(config, run.interval),
    columns: config.columns,
    contract: config.contract,
    incremental: config.incremental,
    ...(partitions !== undefined && { partitions }),
    destinations: config.destinations.map(({ project, dataset, table, writeMode }) => ({
      project,
      dataset,
      table,
      writeMode,
    })),
    timeoutSeconds: schedule.executionTimeoutMinutes * 60,
    ...(runTimeout !== undefined && { deadline: later(run.started, runTimeout * minutes) }),
    bucket,
    prefix: attemptPrefix(address, run.interval, attempt),
  };
}

/** What is read for an interval. With an overlap the query sees an interval that starts earlier. Throws a TemplateError. */
export function renderSource(config: ExportConfig, interval: Interval): RenderedSource {
  const { source, address, schedule, params, overlapMinutes } = config;
  const render = (template: string) =>
    renderTemplate(template, { address, schedule, interval, params, overlapMinutes });
  if (source.type === 'query') return { type: 'query', query: render(source.query) };
  const { kind, namespace, where } = source;
  return {
    type: 'entity',
    kind,
    ...(namespace !== undefined && { namespace }),
    where: where.map(filter => ({ ...filter, value: render(filter.value) })),
  };
}

/** What a merge query sees as `params` besides the export's own. */
export const mergeParams = ({ project, dataset, table }: Destination, stagingTable: string) => ({
  destination_project: project,
  destination_dataset: dataset,
  destination_table: table,
  staging_table: stagingTable,
});

/**
 * The merge query of a destination for an interval; undefined when it has none. `stagingTable` is the table's name alone:
 * it is in the destination's dataset. Throws a TemplateError.
 */
export function renderMergeQuery(
  config: ExportConfig,
  destination: Destination,
  interval: Interval,
  stagingTable: string,
): string | undefined {
  const { address, schedule, params } = config;
  if (destination.mergeQuery === undefined) return undefined;
  return renderTemplate(destination.mergeQuery, {
    address,
    schedule,
    interval,
    params: { ...params, ...mergeParams(destination, stagingTable) },
  });
}

/** A template of an export, as it was written: what `onramp check` and `onramp export render` go through. */
export interface WrittenTemplate {
  readonly template: string;
  readonly written: Written;
  readonly params: ExportConfig['params'];
}

/** All templates of an export. */
export function templatesOf({ source, destinations, params }: ExportConfig): WrittenTemplate[] {
  const ofSource = source.type === 'query' ? [source.query] : source.where.map(({ value }) => value);
  return [
    ...ofSource.map(template => ({ template, written: source.written, params })),
    ...destinations.flatMap(destination =>
      destination.mergeQuery === undefined || destination.mergeQueryWritten === undefined
        ? []
        : [
            {
              template: destination.mergeQuery,
              written: destination.mergeQueryWritten,
              params: { ...params, ...mergeParams(destination, 'staging_table') },
            },
          ],
    ),
  ];
}
