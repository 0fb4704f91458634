import { type Instant, millisOf } from '../../functions/core/batch/instant.ts';

/** `2026-01-31 15:00:05 UTC`, without what is zero at its end. */
export const timeText = (instant: Instant): string =>
  `${instant.slice(0, 16).replace('T', ' ')}${instant.slice(16, 19) === ':00' ? '' : instant.slice(16, 19)} UTC`;

/** A sentence of the core with the moments in it as `timeText` writes them. */
export const withTimes = (sentence: string): string =>
  sentence.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, timeText);

/** How long in words: `1 h 2 min`, `3 min 5 s`, `0 s`. Two units at most. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'min'],
    [whole % 60, 's'],
  ] as const;
  const first = parts.findIndex(([amount]) => amount > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount} ${unit}`)
    .join(' ');
}

export const betweenText = (start: Instant, end: Instant): string =>
  durationText((millisOf(end) - millisOf(start)) / 1000);

/** With the unit that leaves at most four digits. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes === 0 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / 1024 ** power;
  return `${power === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[power] ?? ''}`;
}

export const countText = (count: number): string => count.toLocaleString('en-GB');
