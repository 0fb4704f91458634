import { ValueError } from './value-error.ts';
import type { Value } from './values.ts';

const second = 1_000_000n;
const day = 86_400n * second;

/** https://docs.python.org/3/library/datetime.html#timedelta-objects: days of at most nine digits. */
const most = 999_999_999n * day;

/** A stretch of time, as Python’s `timedelta`. */
export class TemplateDuration {
  readonly kind = 'duration';
  readonly micros: bigint;

  constructor(micros: bigint) {
    if (micros > most || micros < -most) throw new ValueError('the duration is too long', 'write a shorter one');
    this.micros = micros;
  }

  /** As Python prints it, such as `1 day, 2:00:00`. */
  text(): string {
    const days = floorDivide(this.micros, day);
    const rest = this.micros - days * day;
    const two = (value: bigint) => String(value).padStart(2, '0');
    const seconds = rest / second;
    const fraction = rest % second === 0n ? '' : `.${String(rest % second).padStart(6, '0')}`;
    const time = `${seconds / 3600n}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}${fraction}`;
    return days === 0n ? time : `${days} day${days === 1n || days === -1n ? '' : 's'}, ${time}`;
  }
}

/** What a duration has. */
export function durationAttribute(duration: TemplateDuration, name: string): Value | undefined {
  const days = floorDivide(duration.micros, day);
  const rest = duration.micros - days * day;
  if (name === 'days') return days;
  if (name === 'seconds') return rest / second;
  return name === 'microseconds' ? rest % second : undefined;
}

/** Python’s `//`. */
export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

/** The microseconds of each of timedelta’s arguments, in their order. */
export const durationUnits: ReadonlyMap<string, bigint> = new Map([
  ['days', day],
  ['seconds', second],
  ['microseconds', 1n],
  ['milliseconds', 1000n],
  ['minutes', 60n * second],
  ['hours', 3600n * second],
  ['weeks', 7n * day],
]);
