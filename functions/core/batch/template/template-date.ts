import { momentOf, offsetAt, wallAt } from '../zone.ts';
import { ValueError } from './value-error.ts';

const microsPerMilli = 1000n;

/** Of the years 1 to 9999, as Python’s. */
const earliest = BigInt(Date.parse('0001-01-01T00:00:00Z')) * microsPerMilli;
const latest = BigInt(Date.parse('9999-12-31T23:59:59.999Z')) * microsPerMilli + 999n;

/** What a clock and a calendar show. */
export interface Fields {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly microsecond: number;
}

/** A moment in a time zone, or a day alone: what Airflow’s `execution_date` is. */
export class TemplateDate {
  readonly kind = 'date';
  /** Microseconds since 1970 in UTC. */
  readonly micros: bigint;
  readonly zone: string;
  /** Whether the time of day is left out: what `date()` gives. */
  readonly dayOnly: boolean;

  constructor(micros: bigint, zone: string, dayOnly = false) {
    if (micros < earliest || micros > latest) {
      throw new ValueError('the date is outside the years 1 to 9999', 'correct the arithmetic');
    }
    this.micros = micros;
    this.zone = zone;
    this.dayOnly = dayOnly;
  }

  /** Milliseconds since 1970 in UTC, what is finer left out. */
  get millis(): number {
    return Number((this.micros - this.microsOfMilli) / microsPerMilli);
  }

  get microsOfMilli(): bigint {
    return ((this.micros % microsPerMilli) + microsPerMilli) % microsPerMilli;
  }

  /** Milliseconds by which the zone is ahead of UTC. */
  get offset(): number {
    return offsetAt(this.zone, this.millis);
  }

  /** The moment that the zone’s clocks show, as if they were UTC’s. */
  get wall(): Date {
    return new Date(wallAt(this.zone, this.millis));
  }

  get fields(): Fields {
    const { wall } = this;
    return {
      year: wall.getUTCFullYear(),
      month: wall.getUTCMonth() + 1,
      day: wall.getUTCDate(),
      hour: wall.getUTCHours(),
      minute: wall.getUTCMinutes(),
      second: wall.getUTCSeconds(),
      microsecond: wall.getUTCMilliseconds() * 1000 + Number(this.microsOfMilli),
    };
  }

  plus(micros: bigint): TemplateDate {
    return new TemplateDate(this.micros + micros, this.zone, this.dayOnly);
  }

  inZone(zone: string): TemplateDate {
    return new TemplateDate(this.micros, zone, this.dayOnly);
  }
}

/** The moment at which a zone’s clocks show these fields. Months and what is smaller may overflow into the larger. */
export function dateOfFields(fields: Fields, zone: string, dayOnly = false): TemplateDate {
  const wall = new Date(0);
  wall.setUTCFullYear(fields.year, fields.month - 1, fields.day);
  wall.setUTCHours(fields.hour, fields.minute, fields.second, Math.floor(fields.microsecond / 1000));
  if (Number.isNaN(wall.getTime())) {
    throw new ValueError('the date is outside the years 1 to 9999', 'correct the arithmetic');
  }
  const micros = BigInt(momentOf(zone, wall.getTime())) * microsPerMilli;
  return new TemplateDate(micros + BigInt(fields.microsecond % 1000), zone, dayOnly);
}

export const daysInMonth = (year: number, month: number): number => {
  const last = new Date(0);
  last.setUTCFullYear(year, month, 0);
  return last.getUTCDate();
};

const two = (value: number) => String(value).padStart(2, '0');

/** `+09:00`; with seconds where an old zone has them. */
export function offsetText(offset: number, colon: string): string {
  const seconds = Math.abs(offset) / 1000;
  const rest = seconds % 60 === 0 ? '' : `${colon}${two(seconds % 60)}`;
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(seconds / 3600))}${colon}${two(Math.floor(seconds / 60) % 60)}${rest}`;
}

export const dayText = ({ year, month, day }: Fields): string =>
  `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;

/** ISO 8601 as Python writes it: `2026-01-31T15:00:00+00:00`, with six digits of fraction when there is any. */
export function isoText(date: TemplateDate): string {
  const { fields } = date;
  if (date.dayOnly) return dayText(fields);
  const fraction = fields.microsecond === 0 ? '' : `.${String(fields.microsecond).padStart(6, '0')}`;
  const time = `${two(fields.hour)}:${two(fields.minute)}:${two(fields.second)}${fraction}`;
  return `${dayText(fields)}T${time}${offsetText(date.offset, ':')}`;
}
