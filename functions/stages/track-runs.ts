import type { RunStore } from '../clients/run-store.ts';
import { type BatchEvent, type BatchEventBody, decodeBatchEvent } from '../core/batch/events.ts';
import type { Run, RunEvent } from '../core/batch/run.ts';
import { done, type Message, type Outcome, type Stage } from '../core/stage.ts';

export interface TrackRuns {
  readonly runs: RunStore;
  /** Publishes on batch-events; rejects when it could not. */
  readonly tell: (event: BatchEvent) => Promise<void>;
  readonly now: () => Date;
}

/** Brings the run objects up to date with what exports and loads tell, and tells when a run is done or has failed. */
export function createTrackRuns({ runs, tell, now }: TrackRuns): Stage {
  const handle = async ({ data }: Message): Promise<void> => {
    const event = decodeBatchEvent(data);
    const change = runEventOf(event);
    if (change === undefined || event.export === '' || event.interval === undefined) return;
    const run = await runs.apply(event.export, event.interval.start, change);
    const end = run && endOf(run, event);
    // Told again when this event is delivered again: what is told twice is known as one, what is not told is lost.
    if (run && end) await tell({ ...event, interval: run.interval, occurredAt: now().toISOString(), event: end });
  };

  return {
    handle: messages =>
      Promise.all(
        messages.map(message =>
          handle(message).then(
            (): Outcome => done,
            (error: unknown): Outcome => ({ kind: 'retry', error }),
          ),
        ),
      ),
  };
}

/** What an event means to its run; undefined for one that its run already knows. */
export function runEventOf({ attempt, event }: Pick<BatchEvent, 'attempt' | 'event'>): RunEvent | undefined {
  switch (event.type) {
    case 'export_started':
      return { type: 'export-started', attempt };
    case 'export_complete':
      return { type: 'export-complete', attempt, manifest: event.manifest, rows: event.rows, bytes: event.bytes };
    case 'load_started':
      return { type: 'load-started', attempt };
    case 'load_complete':
      return { type: 'load-complete', attempt, destination: event.destination };
    case 'export_failed':
    case 'load_failed': {
      const { code, detail, retryable } = event.failure;
      return { type: 'attempt-failed', attempt, error: { code, detail }, retryable };
    }
    case 'run_failed':
    case 'run_done':
    case 'sla_missed':
    case 'sla_at_risk':
    case 'pool_stuck':
    case 'pool_moving':
    case 'operation_done':
      return undefined;
  }
}

/** What is to be told of the run after an event of its last attempt. */
function endOf(run: Run, { attempt }: BatchEvent): BatchEventBody | undefined {
  const [last] = run.attempts;
  if (last?.number !== attempt) return undefined;
  if (run.state === 'done') return { type: 'run_done', rows: last.rows ?? 0 };
  if (run.state !== 'failed' || last.error === undefined) return undefined;
  return { type: 'run_failed', failure: { ...last.error, retryable: false } };
}
