import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AvroSchema } from '../../functions/core/schema/avro-schema.ts';

export const root = join(import.meta.dirname, '../..');

/** The text of a page, by its path in the repository. */
export const pageText = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The part of a page under one of its headings, up to the next heading of the same level or above. */
export function section(text: string, heading: string): string {
  const lines = withoutFences(text).split('\n');
  const start = lines.findIndex(line => line.replace(/^#+ /, '') === heading && line.startsWith('#'));
  if (start === -1) throw new Error(`the page has no heading "${heading}"`);
  const level = /^#+/.exec(lines[start] ?? '')?.[0].length ?? 1;
  const length = lines.slice(start + 1).findIndex(line => (/^(#+) /.exec(line)?.[1]?.length ?? 9) <= level);
  const original = text.split('\n').slice(start + 1);
  return (length === -1 ? original : original.slice(0, length)).join('\n');
}

/** The rows of the first table in a text, without its head, as the cells’ text without code marks. */
export function tableRows(text: string): string[][] {
  const lines = text.split('\n');
  const first = lines.findIndex(line => line.startsWith('|'));
  if (first === -1) throw new Error('the text has no table');
  const rest = lines.slice(first);
  const end = rest.findIndex(line => !line.startsWith('|'));
  return (end === -1 ? rest : rest.slice(0, end)).slice(2).map(cells);
}

const cells = (line: string): string[] =>
  line
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map(cell => cell.trim().replaceAll('`', '').replaceAll('\\|', '|'));

export interface Fence {
  /** Such as `sh`. */
  readonly language: string;
  readonly content: string;
  /** The last line of text before it. */
  readonly before: string;
}

/** The fenced blocks of a page, in their order. */
export function fences(text: string): Fence[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(found => ({
    language: found[1] ?? '',
    content: found[2] ?? '',
    before: text.slice(0, found.index).trimEnd().split('\n').at(-1) ?? '',
  }));
}

/** The page with its fenced blocks emptied, line for line: what is in them is neither heading nor link. */
export const withoutFences = (text: string): string =>
  text.replace(/^```.*?^```$/gms, block => '\n'.repeat(block.split('\n').length - 1));

/** An Avro type in the pages’ words. */
export function avroText(type: AvroSchema | undefined): string {
  if (typeof type === 'string') return type;
  const { type: name, logicalType, sqlType, precision, scale } = type as Record<string, string | number | undefined>;
  if (logicalType === 'decimal') return `${name}, decimal(${precision},${scale})`;
  if (logicalType !== undefined) return `${name}, ${logicalType}`;
  return sqlType === undefined ? String(name) : `${name}, sqlType ${sqlType}`;
}
