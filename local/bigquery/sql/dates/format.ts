import type { Complaints, Located } from '../errors.ts';
import { stringSql } from '../expression.ts';
import type { ScalarName } from '../sql-type.ts';
import type { Zone } from './zone.ts';

/**
 * The elements of a format string: text, and directives such as `%Y` and `%E3S`.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/format-elements#format_elements_date_time
 */
function directives(format: string): string[] {
  return format.match(/%E(?:z|\*S|\dS|4Y)|%[\s\S]|[^%]+|%/g) ?? [];
}

/** Elements that stand for others. */
const shorthands: Readonly<Record<string, string>> = {
  '%F': '%Y-%m-%d',
  '%D': '%m/%d/%y',
  '%x': '%m/%d/%y',
  '%T': '%H:%M:%S',
  '%X': '%H:%M:%S',
  '%R': '%H:%M',
  '%c': '%a %b %e %H:%M:%S %Y',
  '%h': '%b',
  '%E4Y': '%Y',
};

export const expanded = (format: string): string[] =>
  directives(format).flatMap(element =>
    shorthands[element] === undefined ? [element] : directives(shorthands[element]),
  );

const dateElements = '%A %a %B %b %d %e %G %j %m %U %u %V %W %w %Y %y %Q %C'.split(' ');
const timeElements = '%H %I %k %l %M %P %p %S %E*S %s'.split(' ');

/** Complains about an element that the type does not have. */
export function checkElement(complain: Complaints, element: string, kind: ScalarName, node: Located): void {
  const isTime = timeElements.includes(element) || /^%E\dS$/.test(element);
  if ((kind === 'DATE' && isTime) || (kind === 'TIME' && dateElements.includes(element))) {
    complain.unsupported(node, `The format element ${element} for ${kind}`);
  }
}

/** What strftime of DuckDB prints as FORMAT_TIMESTAMP does. */
const shared = new Set('%A %a %B %b %d %G %H %I %j %M %m %p %S %U %u %V %W %w %Y %y'.split(' '));

/** The text of a civil time (DuckDB's TIMESTAMP) in a format; `zone` is given for a TIMESTAMP. */
export function formatSql(
  complain: Complaints,
  format: string,
  civil: string,
  kind: ScalarName,
  zone: Zone | undefined,
  node: Located,
): string {
  const pieces: string[] = [];
  let plain = '';
  const flush = () => {
    if (plain !== '') pieces.push(`strftime(${civil}, ${stringSql(plain)})`);
    plain = '';
  };
  for (const element of expanded(format)) {
    checkElement(complain, element, kind, node);
    if (shared.has(element)) plain += element;
    else if (element === '%%') plain += '%%';
    else if (element === '%n') plain += '\n';
    else if (element === '%t') plain += '\t';
    else if (!element.startsWith('%')) plain += element;
    else {
      flush();
      pieces.push(special(element));
    }
  }
  flush();
  // The zone's name alone says nothing of the value, yet a NULL has no text.
  if (!pieces.some(piece => piece.includes(civil))) pieces.push(`left(strftime(${civil}, '%Y'), 0)`);
  return `(${pieces.join(' || ')})`;

  function special(element: string): string {
    const digits = /^%E(\d)S$/.exec(element)?.[1];
    if (digits !== undefined) {
      if (Number(digits) > 6) complain.unsupported(node, `The format element ${element}`, 'use at most %E6S');
      return digits === '0' ? `strftime(${civil}, '%S')` : `left(strftime(${civil}, '%S.%f'), ${3 + Number(digits)})`;
    }
    switch (element) {
      case '%E*S':
        return `regexp_replace(strftime(${civil}, '%S.%f'), '\\.?0+$', '')`;
      case '%e':
        return `lpad(CAST(day(${civil}) AS VARCHAR), 2, ' ')`;
      case '%k':
        return `lpad(CAST(hour(${civil}) AS VARCHAR), 2, ' ')`;
      case '%l':
        return `lpad(CAST((hour(${civil}) + 11) % 12 + 1 AS VARCHAR), 2, ' ')`;
      case '%P':
        return `lower(strftime(${civil}, '%p'))`;
      case '%Q':
        return `CAST(quarter(${civil}) AS VARCHAR)`;
      case '%C':
        return `lpad(CAST(year(${civil}) // 100 AS VARCHAR), 2, '0')`;
      case '%s':
      case '%Z':
      case '%z':
      case '%Ez':
        return zoneElement(element);
      default:
        return complain.unsupported(node, `The format element ${element}`);
    }
  }

  function zoneElement(element: string): string {
    if (zone === undefined) return complain.unsupported(node, `The format element ${element} for ${kind}`);
    const utc = 'sql' in zone && zone.sql === "'UTC'";
    const minutes = 'minutes' in zone ? zone.minutes : utc ? 0 : undefined;
    if (element === '%Z' && utc) return "'UTC'";
    if (minutes === undefined || element === '%Z' || element === '%s') {
      return element === '%s' && utc
        ? `CAST(epoch_us(date_trunc('second', ${civil})) // 1000000 AS VARCHAR)`
        : complain.unsupported(node, `The format element ${element} in this time zone`);
    }
    const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
    const two = (number: number) => String(number).padStart(2, '0');
    return `'${minutes < 0 ? '-' : '+'}${two(hours)}${element === '%Ez' ? ':' : ''}${two(rest)}'`;
  }
}
