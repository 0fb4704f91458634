import { stagingTable } from '../../functions/core/batch/batch-names.ts';
import { type Destination, destinationId, type ExportConfig, type Source } from '../../functions/core/batch/config.ts';
import type { RenderedSource } from '../../functions/core/batch/export-request.ts';
import type { Instant } from '../../functions/core/batch/instant.ts';
import type { Manifest } from '../../functions/core/batch/manifest.ts';
import { renderMergeQuery, renderSource } from '../../functions/core/batch/rendered-export.ts';
import type { Run } from '../../functions/core/batch/run.ts';
import { isInFlight, type RunStatus } from '../../functions/core/batch/run-status.ts';
import { predictedEnd, slaDeadline, usualDuration } from '../../functions/core/batch/sla.ts';
import { TemplateError } from '../../functions/core/batch/template/template-error.ts';
import type { WaitReason } from '../../functions/core/batch/wait-reason.ts';
import { whyNotRunning } from '../../functions/core/batch/why-not-running.ts';
import type { ExportHistory, KnownExport, PoolIds } from './history.ts';
import { exportState } from './history.ts';

/** A template that was rendered for a run, or why it could not be. */
export interface Rendered {
  /** What it is, such as `Query` or `Merge query of p.d.t`. */
  readonly name: string;
  readonly text?: string;
  readonly problem?: string;
}

/** The manifest of the run's last attempt that has one. */
export interface ManifestView {
  /** Full name of the object. */
  readonly object: string;
  readonly manifest: Manifest;
}

export interface RunView extends KnownExport {
  readonly run: Run;
  /** Why it does not run, and since when where that is known. */
  readonly reasons: readonly (WaitReason & { readonly since?: Instant })[];
  /** By when it has to be done; absent without SLA. */
  readonly deadline?: Instant;
  /** When it will probably be done; absent when nothing can be said. */
  readonly expected?: Instant;
  readonly rendered: readonly Rendered[];
  readonly manifest?: ManifestView;
  /** Of the intervals before and after it that have one. */
  readonly previous?: RunStatus;
  readonly next?: RunStatus;
}

/** What the page of a run shows; `history` holds the export's runs around it. */
export function runView(
  known: KnownExport,
  run: Run,
  history: ExportHistory,
  pools: PoolIds,
  manifest: ManifestView | undefined,
  now: Date,
): RunView {
  const { config } = known;
  const state = exportState(history);
  const reasons = whyNotRunning(config, state, pools, run.interval, now).map(reason => {
    const since = run.waitingFor.find(({ code }) => code === reason.code)?.since;
    return { ...reason, ...(since !== undefined && { since }) };
  });
  const deadline = slaDeadline(config, run);
  const isUnderWay = isInFlight(run) || run.state === 'retrying';
  const expected = isUnderWay ? predictedEnd(run, usualDuration(history.runs), now) : undefined;
  const starts = history.runs.toSorted((a, b) => (a.interval.start < b.interval.start ? -1 : 1));
  const previous = starts.findLast(({ interval }) => interval.start < run.interval.start);
  const next = starts.find(({ interval }) => interval.start > run.interval.start);
  return {
    ...known,
    run,
    reasons,
    ...(deadline !== undefined && { deadline }),
    ...(expected !== undefined && { expected }),
    rendered: renderedOf(config, run),
    ...(manifest !== undefined && { manifest }),
    ...(previous !== undefined && { previous }),
    ...(next !== undefined && { next }),
  };
}

/** All that is rendered for a run, as its present or next attempt sees it. */
export function renderedOf(config: ExportConfig, { interval, attempt }: Pick<RunStatus, 'interval' | 'attempt'>) {
  const number = Math.max(attempt, 1);
  return [
    rendered(config.source.type === 'query' ? 'Query' : 'Entities', () => sourceQuery(renderSource(config, interval))),
    ...config.destinations
      .filter(({ mergeQuery }) => mergeQuery !== undefined)
      .map(destination =>
        rendered(`Merge query of ${destinationId(destination)}`, () =>
          renderMergeQuery(config, destination, interval, stagingTable(destination.table, interval, number)),
        ),
      ),
  ];
}

function rendered(name: string, render: () => string | undefined): Rendered {
  try {
    return { name, text: render() ?? '' };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { name, problem: error.message };
  }
}

/** A source that was rendered, as text: entities in the words of GQL. */
export function sourceQuery(source: RenderedSource): string {
  if (source.type === 'query') return source.query;
  const { kind, namespace, where } = source;
  const conditions = where.map(({ property, operator, value }) => `${property} ${operator} ${value}`);
  return [
    `SELECT * FROM ${kind}`,
    ...(conditions.length > 0 ? [`WHERE ${conditions.join('\n  AND ')}`] : []),
    ...(namespace === undefined ? [] : [`-- namespace ${namespace}`]),
  ].join('\n');
}

export const sourceText = (source: Source): string => (source.type === 'query' ? 'a query' : `kind ${source.kind}`);

export const destinationText = (destination: Destination): string =>
  `${destinationId(destination)} (${destination.writeMode})`;
