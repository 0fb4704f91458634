import { InvalidArgumentError } from 'commander';

const units: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Reads a span of time as a person types it, such as `30d`, `90m` or `1d12h`, in milliseconds. */
export function duration(text: string): number {
  const parts = [...text.matchAll(/(\d+)([smhdw])/g)];
  const millis = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0), 0);
  if (millis > 0 && Number.isSafeInteger(millis) && parts.map(([part]) => part).join('') === text) return millis;
  throw new InvalidArgumentError('It is a time such as 30d, 12h, 90m or 1d12h: weeks, days, hours, minutes, seconds.');
}
