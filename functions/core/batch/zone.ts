/** Time zones, by the rules that the JavaScript engine has of the IANA database. Times are milliseconds. */

const formats = new Map<string, Intl.DateTimeFormat>();

function offsetFormat(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    formats.set(zone, format);
  }
  return format;
}

/** Whether it is the name of a time zone, such as `Asia/Tokyo`. */
export function isZone(name: string): boolean {
  try {
    offsetFormat(name);
    // An offset such as +09:00 is taken by the engine, but is no zone with a name.
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}

/** By how much the zone's clocks are ahead of UTC at a moment. Throws a RangeError when there is no such zone. */
export function offsetAt(zone: string, instant: number): number {
  if (zone === 'UTC') return 0;
  const found = /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(offsetFormat(zone).format(instant));
  if (found?.[1] === undefined) return 0;
  const seconds = Number(found[2]) * 3600 + Number(found[3]) * 60 + Number(found[4] ?? 0);
  return (found[1] === '-' ? -seconds : seconds) * 1000;
}

/** What the zone's clocks show, as the moment at which UTC's clocks show the same. */
export const wallAt = (zone: string, instant: number): number => instant + offsetAt(zone, instant);

const day = 86_400_000;

/**
 * The moments at which the zone's clocks show `wall`, the earlier first: one, two when they are put back over it, or none
 * when they are put forward over it.
 */
export function momentsOf(zone: string, wall: number): number[] {
  const offsets = new Set([offsetAt(zone, wall - day), offsetAt(zone, wall + day)]);
  return [...offsets]
    .map(offset => wall - offset)
    .filter(instant => wallAt(zone, instant) === wall)
    .toSorted((a, b) => a - b);
}

/**
 * The one moment that a clock time stands for: of two the second, and of none the time by which the clocks have been put
 * forward later, as Airflow has it.
 */
export function momentOf(zone: string, wall: number): number {
  return momentsOf(zone, wall).at(-1) ?? wall - offsetAt(zone, wall - day);
}

/** In whose English a zone has its usual abbreviation, which is not told in the others. */
const locales = ['en-US', 'en-GB', 'en-AU', 'en-ZA', 'en-IN', 'en-NZ', 'ja', 'ko', 'zh-HK'];

/** Such as `BST`; where no abbreviation is in use the offset, such as `-03`. */
export function abbreviationAt(zone: string, instant: number): string {
  if (zone === 'UTC') return 'UTC';
  for (const locale of locales) {
    const parts = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: 'short' }).formatToParts(instant);
    const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
    if (/^[A-Z]{3,5}$/.test(name)) return name;
  }
  const total = offsetAt(zone, instant) / 60_000;
  const [hours, rest] = [Math.floor(Math.abs(total) / 60), Math.abs(total) % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return `${total < 0 ? '-' : '+'}${two(hours)}${rest === 0 ? '' : two(rest)}`;
}
