/** A moment as `Date.prototype.toISOString` writes it, in UTC: of fixed width, so that order of text is order of time. */
export type Instant = string;

export const instantOf = (millis: number): Instant => new Date(millis).toISOString();

export const millisOf = (instant: Instant): number => Date.parse(instant);

export const minutes = 60_000;

export const later = (instant: Instant, millis: number): Instant => instantOf(millisOf(instant) + millis);

/** A moment in names of objects: `2026-01-31T150000Z`. Finer parts than seconds are dropped: schedules have none. */
export const compactInstant = (instant: Instant): string => `${instant.slice(0, 19).replaceAll(':', '')}Z`;

/** What `compactInstant` made; undefined when the text is not that. */
export function parseCompactInstant(text: string): Instant | undefined {
  const found = /^(\d{4}-\d\d-\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (found === null) return undefined;
  const millis = Date.parse(`${found[1]}T${found[2]}:${found[3]}:${found[4]}.000Z`);
  return Number.isNaN(millis) ? undefined : instantOf(millis);
}
