import type { Complaints, Located } from '../errors.ts';
import { stringSql } from '../expression.ts';
import type { ScalarName } from '../sql-type.ts';
import { checkElement, expanded } from './format.ts';

/** What strptime of DuckDB reads as PARSE_TIMESTAMP does. */
const shared = new Set('%A %a %B %b %d %H %I %j %M %m %p %S %Y %y'.split(' '));
const same: Readonly<Record<string, string>> = {
  '%e': '%d',
  '%k': '%H',
  '%l': '%I',
  '%P': '%p',
  '%Ez': '%z',
  '%z': '%z',
  '%%': '%%',
};

/**
 * The civil time (or, with a zone in the text, the moment) that a text has in a format, by DuckDB's strptime.
 * A text that does not fit raises, or is NULL when `safe`.
 */
export function parseSql(
  complain: Complaints,
  format: string,
  text: string,
  kind: ScalarName,
  safe: boolean,
  node: Located,
): { readonly sql: string; readonly hasZone: boolean } {
  const elements = expanded(format);
  let formats = [''];
  for (const element of elements) {
    checkElement(complain, element, kind, node);
    if (element === '%E*S') formats = formats.flatMap(start => [`${start}%S.%f`, `${start}%S`]);
    else formats = formats.map(start => start + directive(element));
  }
  const has = (...wanted: string[]) => elements.some(element => wanted.includes(element));
  // DuckDB starts from 1900, BigQuery from 1970.
  if (kind !== 'TIME' && !has('%Y', '%y')) complain.unsupported(node, 'A format without a year');
  if (has('%I', '%l') !== has('%p', '%P')) complain.unsupported(node, 'A format with only one of %I and %p');
  const list = formats.length === 1 ? stringSql(formats[0] ?? '') : `[${formats.map(stringSql).join(', ')}]`;
  return { sql: `${safe ? 'try_strptime' : 'strptime'}(${text}, ${list})`, hasZone: has('%z', '%Ez') };

  function directive(element: string): string {
    if (!element.startsWith('%')) return element;
    const zoned = element === '%z' || element === '%Ez';
    const known = shared.has(element) ? element : zoned && kind !== 'TIMESTAMP' ? undefined : same[element];
    return known ?? complain.unsupported(node, `The format element ${element} for parsing`);
  }
}
