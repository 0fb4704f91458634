import { dayNames, monthNames } from './strftime.ts';
import { dateOfFields, type TemplateDate } from './template-date.ts';
import { ValueError } from './value-error.ts';

/** What each directive of Python’s strptime matches. */
const patterns: ReadonlyMap<string, string> = new Map([
  ['Y', '\\d{4}'],
  ['m', '1[0-2]|0?[1-9]'],
  ['d', '3[01]|[12]\\d|0?[1-9]'],
  ['H', '2[0-3]|[01]?\\d'],
  ['I', '1[0-2]|0?[1-9]'],
  ['p', '[AaPp][Mm]'],
  ['M', '[0-5]?\\d'],
  ['S', '[0-5]?\\d'],
  ['f', '\\d{1,6}'],
  ['y', '\\d{2}'],
  ['j', '36[0-6]|3[0-5]\\d|[12]\\d{2}|0?[1-9]\\d|0{0,2}[1-9]'],
  ['b', monthNames.map(name => name.slice(0, 3)).join('|')],
  ['B', monthNames.join('|')],
  ['a', dayNames.map(name => name.slice(0, 3)).join('|')],
  ['A', dayNames.join('|')],
  ['z', 'Z|[+-]\\d{2}:?\\d{2}'],
  ['%', '%'],
]);

const maxFormat = 100;

/** The moment that a text of that format tells, in UTC. Throws a ValueError when it is not of the format. */
export function strptime(text: string, format: string): TemplateDate {
  if (format.length > maxFormat || text.length > maxFormat) {
    throw new ValueError('the text or its format is too long for a date', `write at most ${maxFormat} characters`);
  }
  const letters: string[] = [];
  const source = format.replaceAll(/%(.)|\s+|[^%]|%$/gs, (part, letter: string | undefined) => {
    if (/^\s/.test(part)) return '\\s+';
    if (letter === undefined) return part.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&');
    const pattern = patterns.get(letter);
    if (pattern === undefined) {
      const known = [...patterns.keys()].map(name => `%${name}`).join(' ');
      throw new ValueError(`"%${letter}" is no directive of strptime`, `the directives are ${known}`);
    }
    if (letters.includes(letter)) throw new ValueError(`"%${letter}" is written twice`, 'write it once');
    letters.push(letter);
    return `(${pattern})`;
  });
  const found = new RegExp(`^${source}$`, 'i').exec(text);
  if (found === null) throw new ValueError(`"${text}" is not of the format "${format}"`, 'correct one of the two');
  const values = new Map(letters.map((letter, index) => [letter, found[index + 1] ?? '']));
  const number = (letter: string, otherwise: number) => Number(values.get(letter) ?? otherwise);
  const year = values.has('y') ? number('y', 0) + (number('y', 0) < 69 ? 2000 : 1900) : number('Y', 1900);
  const named = (values.get('b') ?? values.get('B'))?.slice(0, 3).toLowerCase();
  const month = named
    ? monthNames.findIndex(name => name.slice(0, 3).toLowerCase() === named) + 1
    : values.has('j')
      ? 1
      : number('m', 1);
  const day = number(values.has('j') ? 'j' : 'd', 1);
  const afternoon = values.get('p')?.toLowerCase() === 'pm';
  const hour = values.has('I') ? (number('I', 12) % 12) + (afternoon ? 12 : 0) : number('H', 0);
  const fields = {
    year,
    month,
    day,
    hour,
    minute: number('M', 0),
    second: number('S', 0),
    microsecond: Number((values.get('f') ?? '0').padEnd(6, '0')),
  };
  const date = dateOfFields(fields, 'UTC');
  if (!values.has('j') && date.fields.day !== day) {
    throw new ValueError(`the month of "${text}" has no day ${day}`, 'correct the date');
  }
  const zone = /^([+-])(\d\d):?(\d\d)$/.exec(values.get('z') ?? '');
  if (zone === null) return date;
  const minutes = Number(zone[2]) * 60 + Number(zone[3]);
  return date.plus(BigInt(zone[1] === '-' ? minutes : -minutes) * 60_000_000n);
}
