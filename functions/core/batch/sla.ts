import type { ExportConfig } from './config.ts';
import { type Instant, instantOf, later, millisOf, minutes } from './instant.ts';
import { isInFlight, type RunStatus } from './run-status.ts';

/** Runs that a prediction looks back at, and the fewest that it needs. */
const lookBack = 20;
const fewest = 3;

/** By when a run has to be done; undefined when it has no SLA. */
export function slaDeadline(
  { schedule }: ExportConfig,
  run: Pick<RunStatus, 'kind' | 'interval'>,
): Instant | undefined {
  const { slaMinutes, slaOfBackfills } = schedule;
  const counts = run.kind === 'scheduled' || (slaOfBackfills && run.kind !== 'manual');
  return slaMinutes === undefined || !counts ? undefined : later(run.interval.end, slaMinutes * minutes);
}

/**
 * How long a run of the export takes from its dispatch, in milliseconds: what nine of ten of the last runs did not
 * exceed. Undefined when too few are known.
 */
export function usualDuration(runs: readonly RunStatus[]): number | undefined {
  const last = runs
    .filter(({ state, seconds }) => state === 'done' && seconds !== undefined)
    .toSorted((a, b) => (a.interval.start < b.interval.start ? 1 : -1))
    .slice(0, lookBack)
    .map(({ seconds }) => seconds ?? 0)
    .toSorted((a, b) => a - b);
  if (last.length < fewest) return undefined;
  return (last[Math.ceil(last.length * 0.9) - 1] ?? 0) * 1000;
}

/**
 * When a run that is not finished will probably be done. `progress` is the share of the work that is done, between 0 and
 * 1, where the export tells it: then what remains is reckoned at the same pace. Undefined when nothing is known.
 */
export function predictedEnd(
  run: RunStatus,
  usual: number | undefined,
  now: Date,
  progress?: number,
): Instant | undefined {
  const at = now.getTime();
  if (isInFlight(run) && run.dispatched !== undefined) {
    const elapsed = at - millisOf(run.dispatched);
    if (progress !== undefined && progress > 0) return instantOf(at + (elapsed * (1 - progress)) / progress);
    return usual === undefined ? undefined : instantOf(Math.max(at, millisOf(run.dispatched) + usual));
  }
  return usual === undefined ? undefined : instantOf(Math.max(at, millisOf(run.due)) + usual);
}

export type SlaFinding = 'sla-missed' | 'sla-at-risk';

/** What is new about a run's SLA; each is found once. A miss that was not at risk before is a miss alone. */
export function slaFinding(
  config: ExportConfig,
  run: RunStatus,
  usual: number | undefined,
  now: Date,
  progress?: number,
): SlaFinding | undefined {
  const deadline = slaDeadline(config, run);
  if (deadline === undefined || run.slaMissed || run.state === 'done' || run.state === 'cancelled') return undefined;
  if (millisOf(deadline) < now.getTime()) return 'sla-missed';
  if (run.slaAtRisk) return undefined;
  // Of a run that has failed nothing is predicted: somebody has been told of the failure.
  const end = run.state === 'failed' ? undefined : predictedEnd(run, usual, now, progress);
  return end !== undefined && end > deadline ? 'sla-at-risk' : undefined;
}
