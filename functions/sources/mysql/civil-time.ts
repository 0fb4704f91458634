/**
 * Texts such as `2024-02-29 12:30:00.000001`, as MySQL writes dates and times, to days and microseconds. The reader
 * keeps its results in fields, since an object for every value would cost more than reading it.
 */
export class CivilTime {
  days = 0;
  /** Of the day. */
  micros = 0;

  /** The first ten bytes, `YYYY-MM-DD`: what is wrong with them, or undefined when `days` since 1970 has them. */
  date(bytes: Uint8Array, start: number): 'zero-date' | 'out-of-range' | undefined {
    const year = two(bytes, start) * 100 + two(bytes, start + 2);
    const month = two(bytes, start + 5);
    const day = two(bytes, start + 8);
    if (year === 0 || month === 0 || day === 0) return 'zero-date';
    const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
    // MySQL can be told to take the 31st of any month.
    if (month > 12 || day > (month === 2 && leap ? 29 : (monthDays[month] ?? 0))) return 'out-of-range';
    // Counted from March, so that a leap day is the last of its year.
    const shifted = month < 3 ? year - 1 : year;
    const dayOfYear = Math.floor((153 * (month + (month < 3 ? 9 : -3)) + 2) / 5) + day - 1;
    const years = 365 * shifted + Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
    this.days = years + dayOfYear - daysTo1970;
    return undefined;
  }

  /** `HH:MM:SS` with up to six digits of a second's fraction, into `micros`. The hours may have more than two digits. */
  time(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    let hours = 0;
    for (; at < end && bytes[at] !== colon; at += 1) hours = hours * 10 + (bytes[at] ?? 0) - zero;
    const seconds = hours * 3600 + two(bytes, at + 1) * 60 + two(bytes, at + 4);
    let fraction = 0;
    for (let place = 0; place < 6; place += 1) {
      const digit = at + 7 + place;
      fraction = fraction * 10 + (digit < end ? (bytes[digit] ?? zero) - zero : 0);
    }
    this.micros = seconds * 1_000_000 + fraction;
  }
}

const zero = 0x30;
const colon = 0x3a;
const daysTo1970 = 719_468;
const monthDays = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const two = (bytes: Uint8Array, at: number) => ((bytes[at] ?? zero) - zero) * 10 + (bytes[at + 1] ?? zero) - zero;
