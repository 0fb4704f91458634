import type { ExportRequest } from './export-request.ts';
import { type Instant, millisOf } from './instant.ts';
import { whyInOneGo } from './part-plan.ts';

/** What Cloud Tasks waits for an answer at most: https://cloud.google.com/tasks/docs/creating-http-target-tasks#handler */
const maxTaskSeconds = 1800;
/** Kept of a task's deadline for the start of an instance. */
const startSeconds = 30;
/** Kept of a deadline for closing the files and telling of it. */
const closingMillis = 5_000;

/** What one execution of an export may take at most. */
const maxExecutionSeconds = maxTaskSeconds - startSeconds;

/** How long Cloud Tasks has to wait for the answer to an export. */
export const taskSeconds = ({ timeoutSeconds }: Pick<ExportRequest, 'timeoutSeconds'>): number =>
  Math.min(timeoutSeconds + startSeconds, maxTaskSeconds);

/** Until when an execution works, and until when all executions of its attempt do; in milliseconds since 1970. */
export interface ExportDeadlines {
  readonly execution: number;
  readonly attempt: number;
}

/** `began` is when the attempt's first execution did, `now` when this one does. */
export function exportDeadlines(
  { timeoutSeconds, deadline }: Pick<ExportRequest, 'timeoutSeconds' | 'deadline'>,
  began: Instant,
  now: Instant,
  executionSeconds = maxExecutionSeconds,
): ExportDeadlines {
  const end = millisOf(began) + timeoutSeconds * 1000;
  const attempt = Math.min(end, deadline === undefined ? Infinity : millisOf(deadline)) - closingMillis;
  return { attempt, execution: Math.min(attempt, millisOf(now) + executionSeconds * 1000 - closingMillis) };
}

type Asked = Pick<ExportRequest, 'partitions' | 'columns' | 'timeoutSeconds'>;

/**
 * How an export that takes too long is mended. `parts` is how many it is read in; `factor`, where it is known, how many
 * times as long as it may it would take.
 */
export function deadlineMend(request: Asked, parts: number, factor?: number): string {
  const { timeoutSeconds, partitions } = request;
  const whole = whyInOneGo(request, parts);
  if (whole === undefined) {
    const least = factor === undefined ? '' : `, to ${minutesText(timeoutSeconds * factor)} at least`;
    return `allow more time by execution_timeout (${minutesText(timeoutSeconds)} now)${least}, or narrow the query`;
  }
  const longer =
    timeoutSeconds < maxExecutionSeconds
      ? `, or allow more time by execution_timeout (${minutesText(timeoutSeconds)} now)`
      : '';
  const task = `an export that is read in one go has ${Math.floor(maxExecutionSeconds / 60)} minutes at most`;
  if (partitions !== undefined) return `${whole}, and ${task}${longer}; mend that, or narrow the query`;
  const count = factor === undefined ? '' : `, into ${Math.max(2, Math.ceil(factor))} parts at least`;
  return `cut it by partitions${count}, since ${task}${longer}; or narrow the query`;
}

/** The same of an execution in which not one part was finished, though it had all of its time. */
export const partMend = (parts: number): string =>
  `no part of ${parts} was finished in one execution: cut it by partitions into more parts, or by bounds that make equal ones`;

const minutesText = (seconds: number) =>
  seconds < 60 ? `${Math.ceil(seconds)} seconds` : `${Math.ceil(seconds / 60)} minutes`;
