import { styleText } from 'node:util';
import { displayWidth } from './display-width.ts';

/** A column of a table: text stands at the left, numbers at the right. */
export interface TableColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Rows in aligned columns under their titles, without any space at the ends of lines. */
export function formatTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  stdout: NodeJS.WriteStream,
): string {
  const lines = [columns.map(({ title }) => title), ...rows].map(cells => cells.map(printable));
  const widths = columns.map((_, index) =>
    lines.reduce((widest, cells) => Math.max(widest, displayWidth(cells[index] ?? '')), 0),
  );
  const [head = '', ...body] = lines.map(cells =>
    cells
      .map((cell, index) => {
        const space = ' '.repeat((widths[index] ?? 0) - displayWidth(cell));
        return columns[index]?.align === 'right' ? `${space}${cell}` : `${cell}${space}`;
      })
      .join('  ')
      .trimEnd(),
  );
  return `${[styleText('bold', head, { stream: stdout }), ...body].join('\n')}\n`;
}

/** Names and values, one to a line. */
export function formatFacts(facts: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...facts.map(([name]) => displayWidth(name)));
  return facts
    .map(([name, value]) => `${name}${' '.repeat(width - displayWidth(name))}  ${printable(value)}`.trimEnd())
    .map(line => `${line}\n`)
    .join('');
}

/** One JSON document. */
export const formatJson = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** See https://www.rfc-editor.org/rfc/rfc4180; NULL is an empty field, and an empty text a quoted one. */
export function formatCsv(titles: readonly string[], rows: readonly (readonly (string | null)[])[]): string {
  const field = (text: string | null) =>
    text === null ? '' : text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  return [titles, ...rows].map(cells => `${cells.map(field).join(',')}\r\n`).join('');
}

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Data must not be able to move the cursor or to hide: control characters and such are shown as escapes. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu,
    character => escapes[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
