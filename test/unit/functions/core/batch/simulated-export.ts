import assert from 'node:assert/strict';
import type { ExportState } from '../../../../../functions/core/batch/blockers.ts';
import type { ExportConfig } from '../../../../../functions/core/batch/config.ts';
import { type Decision, planRuns } from '../../../../../functions/core/batch/plan.ts';
import { applyEvent, type Run, type RunEvent } from '../../../../../functions/core/batch/run.ts';

/** One export with its stored runs and cursor, in memory: what a tick, the tasks and the events do to them. */
export class SimulatedExport {
  config: ExportConfig;
  paused = false;
  cursor: string | undefined = undefined;
  readonly runs = new Map<string, Run>();
  pools: ReadonlySet<string> = new Set(['payment']);

  constructor(config: ExportConfig) {
    this.config = config;
  }

  get state(): ExportState {
    return { paused: this.paused, cursor: this.cursor, runs: [...this.runs.values()] };
  }

  plan(now: Date): Decision[] {
    return planRuns(this.config, this.state, this.pools, now);
  }

  /** Plans and does what was decided. Answers with what is new: not with tasks that are asked for once more. */
  tick(now: Date): Decision[] {
    const decisions = this.plan(now);
    const isRepeated = (decision: Decision) =>
      decision.type === 'apply' &&
      decision.event.type === 'dispatch' &&
      decision.event.attempt === this.runs.get(decision.interval.start)?.attempt;
    const news = decisions.filter(decision => !isRepeated(decision));
    this.carryOut(decisions, now);
    return news;
  }

  carryOut(decisions: readonly Decision[], now: Date): void {
    for (const decision of decisions) {
      switch (decision.type) {
        case 'create':
          // Only the first creation of an object succeeds.
          if (!this.runs.has(decision.run.interval.start)) this.runs.set(decision.run.interval.start, decision.run);
          break;
        case 'advance':
          this.cursor = decision.cursor;
          break;
        case 'apply':
          this.apply(decision.interval.start, decision.event, now);
          break;
      }
    }
  }

  apply(start: string, event: RunEvent, now: Date): void {
    const run = this.run(start);
    this.runs.set(start, applyEvent(run, event, now));
  }

  run(start: string): Run {
    const run = this.runs.get(start);
    assert.ok(run, `no run of ${start}`);
    return run;
  }

  /** The export and its load succeed. */
  finish(start: string, now: Date): void {
    const { attempt } = this.run(start);
    this.apply(start, { type: 'export-complete', attempt, manifest: 'm', rows: 1, bytes: 1 }, now);
    this.apply(start, { type: 'load-complete', attempt }, now);
  }

  fail(start: string, now: Date, retryable = true): void {
    const error = { code: 'EXPORT_FAILED', detail: 'the database is away' };
    this.apply(start, { type: 'attempt-failed', attempt: this.run(start).attempt, error, retryable }, now);
  }

  /** The runs by their start, such as `01T00 done`. */
  get grid(): string[] {
    return [...this.runs.values()]
      .toSorted((a, b) => (a.interval.start < b.interval.start ? -1 : 1))
      .map(({ interval, state }) => `${interval.start.slice(8, 13)} ${state}`);
  }
}
