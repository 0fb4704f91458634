import { stagingTable } from '../functions/core/batch/batch-names.ts';
import { type Destination, destinationId, type ExportConfig } from '../functions/core/batch/config.ts';
import type { Interval } from '../functions/core/batch/interval.ts';
import { renderMergeQuery, renderSource } from '../functions/core/batch/rendered-export.ts';
import { TemplateError } from '../functions/core/batch/template/template-error.ts';
import { UsageError } from './problems.ts';

/** A destination by its name; without project when it is in that of the stack, which services/ does not name. */
export const destinationText = (destination: Pick<Destination, 'project' | 'dataset' | 'table'>): string =>
  destinationId(destination).replace(/^\./, '');

/** What an export is configured to do, as names and values. */
export function exportFacts(config: ExportConfig, owner: string, next: Interval | undefined): [string, string][] {
  const { schedule, source, destinations } = config;
  const given = (name: string, value: string | number | undefined): [string, string][] =>
    value === undefined || value === '' ? [] : [[name, String(value)]];
  return [
    ['export', config.address],
    ...given('description', config.description),
    ['owner', owner],
    ['schedule', schedule.timezone === 'UTC' ? schedule.cron : `${schedule.cron} (${schedule.timezone})`],
    ...given('start date', schedule.startDate),
    ...given('present interval', next && `${next.start} to ${next.end}`),
    ['catchup', schedule.catchup ? 'yes' : 'no'],
    ['depends on past', schedule.dependsOnPast ? 'yes' : 'no'],
    ['retries', `${schedule.retryCount}, ${schedule.retryDelayMinutes} min apart`],
    ['execution timeout', `${schedule.executionTimeoutMinutes} min`],
    ...given('dagrun timeout', schedule.dagrunTimeoutMinutes && `${schedule.dagrunTimeoutMinutes} min`),
    ...given('SLA', schedule.slaMinutes && `${schedule.slaMinutes} min after the interval’s end`),
    ['pool', config.pool],
    ['connection', config.connection],
    ['source', source.type === 'query' ? source.written.file : `kind ${source.kind}`],
    ['incremental', config.incremental ? 'yes' : 'no'],
    ...destinations.map((destination): [string, string] => [
      'destination',
      `${destinationText(destination)} (${destination.writeMode})`,
    ]),
  ];
}

/** A text that a run of an interval sends to a database or to BigQuery. */
export interface RenderedText {
  /** What it is, such as `query` or `merge query of p.d.t`. */
  readonly name: string;
  readonly text: string;
}

/** What a run of an interval will read and merge. Throws a UsageError when a template cannot be rendered. */
export function renderedTexts(config: ExportConfig, interval: Interval): RenderedText[] {
  const render = <T>(file: string, act: () => T): T => {
    try {
      return act();
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      throw new UsageError(`${file}: ${error.message}`, 'Mend the template.');
    }
  };
  const source = render(config.source.written.file, () => renderSource(config, interval));
  const merges = config.destinations.flatMap(destination => {
    const { file } = destination.mergeQueryWritten ?? config.source.written;
    const staging = stagingTable(destination.table, interval, 1);
    const text = render(file, () => renderMergeQuery(config, destination, interval, staging));
    return text === undefined ? [] : [{ name: `merge query of ${destinationText(destination)}`, text }];
  });
  return [
    source.type === 'query'
      ? { name: 'query', text: source.query }
      : { name: 'entities', text: JSON.stringify(source, undefined, 2) },
    ...merges,
  ];
}
