import { InvalidArgumentError } from 'commander';
import { type Instant, instantOf, parseCompactInstant } from '../functions/core/batch/instant.ts';

/**
 * Reads a moment as a person types it: a date, or a date and a time of it; in UTC unless it says otherwise. That of an
 * object's name, such as `2026-01-31T150000Z`, is one, too.
 */
export function moment(text: string): Instant {
  const found = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text);
  const millis = found ? Date.parse(`${found[1]}T${found[2] ?? '00:00'}${found[3] ?? 'Z'}`) : Number.NaN;
  const instant = Number.isNaN(millis) ? parseCompactInstant(text) : instantOf(millis);
  if (instant !== undefined) return instant;
  throw new InvalidArgumentError('It is a time such as 2026-01-31T15:00, in UTC, or 2026-01-31.');
}

/** Adds one more moment to those of an argument that may be given many times. */
export const moments = (text: string, before: readonly Instant[] = []): Instant[] => [...before, moment(text)];

/** `2026-01-31T15:00Z`: as it is typed, to the second, and without seconds when they are zero. */
export const momentText = (instant: Instant): string => instant.replace(/\.\d{3}Z$/, 'Z').replace(/:00Z$/, 'Z');
