import { abbreviationAt } from '../zone.ts';
import { dayText, type Fields, offsetText, type TemplateDate } from './template-date.ts';
import { ValueError } from './value-error.ts';

export const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

export const dayNames = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

/** A date with what is worked out of it once. */
interface Shown extends Fields {
  readonly date: TemplateDate;
  /** From 0, which is Sunday. */
  readonly weekday: number;
  /** From 1. */
  readonly yearDay: number;
}

const padded = (value: number, width: number, filler = '0') => String(value).padStart(width, filler);

const hour12 = ({ hour }: Shown) => hour % 12 || 12;
const time = (shown: Shown) => `${padded(shown.hour, 2)}:${padded(shown.minute, 2)}:${padded(shown.second, 2)}`;
const slashed = (shown: Shown) => `${padded(shown.month, 2)}/${padded(shown.day, 2)}/${padded(shown.year % 100, 2)}`;
const short = (name: string | undefined) => String(name).slice(0, 3);

/** The directives of Python, and those of the C library that Python on Linux has besides. */
const directives: ReadonlyMap<string, (shown: Shown) => string> = new Map<string, (shown: Shown) => string>([
  ['a', shown => short(dayNames[shown.weekday])],
  ['A', shown => String(dayNames[shown.weekday])],
  ['w', shown => String(shown.weekday)],
  ['u', shown => String(shown.weekday || 7)],
  ['d', shown => padded(shown.day, 2)],
  ['e', shown => padded(shown.day, 2, ' ')],
  ['b', shown => short(monthNames[shown.month - 1])],
  ['h', shown => short(monthNames[shown.month - 1])],
  ['B', shown => String(monthNames[shown.month - 1])],
  ['m', shown => padded(shown.month, 2)],
  ['y', shown => padded(shown.year % 100, 2)],
  ['Y', shown => padded(shown.year, 4)],
  ['C', shown => padded(Math.floor(shown.year / 100), 2)],
  ['H', shown => padded(shown.hour, 2)],
  ['k', shown => padded(shown.hour, 2, ' ')],
  ['I', shown => padded(hour12(shown), 2)],
  ['l', shown => padded(hour12(shown), 2, ' ')],
  ['p', shown => (shown.hour < 12 ? 'AM' : 'PM')],
  ['P', shown => (shown.hour < 12 ? 'am' : 'pm')],
  ['M', shown => padded(shown.minute, 2)],
  ['S', shown => padded(shown.second, 2)],
  ['f', shown => padded(shown.microsecond, 6)],
  ['z', shown => offsetText(shown.date.offset, '')],
  [':z', shown => offsetText(shown.date.offset, ':')],
  ['Z', shown => abbreviationAt(shown.date.zone, shown.date.millis)],
  ['j', shown => padded(shown.yearDay, 3)],
  ['U', shown => padded(Math.floor((shown.yearDay + 6 - shown.weekday) / 7), 2)],
  ['W', shown => padded(Math.floor((shown.yearDay + 6 - ((shown.weekday + 6) % 7)) / 7), 2)],
  ['G', shown => padded(isoWeek(shown).year, 4)],
  ['g', shown => padded(isoWeek(shown).year % 100, 2)],
  ['V', shown => padded(isoWeek(shown).week, 2)],
  ['s', shown => String(Math.floor(shown.date.millis / 1000))],
  [
    'c',
    shown =>
      `${short(dayNames[shown.weekday])} ${short(monthNames[shown.month - 1])} ${padded(shown.day, 2, ' ')} ${time(shown)} ${padded(shown.year, 4)}`,
  ],
  ['x', slashed],
  ['D', slashed],
  ['X', time],
  ['T', time],
  ['F', dayText],
  ['R', shown => time(shown).slice(0, 5)],
  ['r', shown => `${padded(hour12(shown), 2)}${time(shown).slice(2)} ${shown.hour < 12 ? 'AM' : 'PM'}`],
  ['n', () => '\n'],
  ['t', () => '\t'],
  ['%', () => '%'],
]);

/**
 * A date by Python’s directives, in English whatever the machine’s language. A hyphen after the percent sign takes the
 * padding away, as on Linux. Throws a ValueError for a directive that does not exist, which Python would print.
 */
export function strftime(date: TemplateDate, format: string): string {
  const { fields, wall } = date;
  const start = new Date(wall);
  start.setUTCMonth(0, 1);
  start.setUTCHours(0, 0, 0, 0);
  const shown: Shown = {
    ...fields,
    date,
    weekday: wall.getUTCDay(),
    yearDay: Math.floor((wall.getTime() - start.getTime()) / 86_400_000) + 1,
  };
  return format.replaceAll(/%(-?)(:z|[^]|$)/gu, (_, bare: string, letter: string) => {
    const directive = directives.get(letter);
    if (directive === undefined) {
      throw new ValueError(
        `"%${letter}" is no directive of strftime`,
        letter === '' ? 'write %% for a percent sign' : `the directives are %${[...directives.keys()].join(' %')}`,
      );
    }
    const text = directive(shown);
    return bare === '' ? text : text.replace(/^[0 ]+(?=.)/, '');
  });
}

/** The year and the week of ISO 8601: a week belongs to the year of its Thursday. */
export function isoWeek({ year, yearDay, weekday }: Pick<Shown, 'year' | 'yearDay' | 'weekday'>) {
  const thursday = yearDay + 4 - (weekday || 7);
  const daysIn = (which: number) => (which % 4 === 0 && (which % 100 !== 0 || which % 400 === 0) ? 366 : 365);
  if (thursday < 1) return { year: year - 1, week: Math.ceil((thursday + daysIn(year - 1)) / 7) };
  if (thursday > daysIn(year)) return { year: year + 1, week: Math.ceil((thursday - daysIn(year)) / 7) };
  return { year, week: Math.ceil(thursday / 7) };
}
