import { styleText } from 'node:util';
import type { Counts } from '../meter.ts';
import type { ExportedTable } from './exports.ts';
import type { Reconciliation } from './reconcile.ts';

const columns = ['published', 'hub', 'raw lake', 'structured', 'warehouse', 'dead letters'] as const;
const width = 13;

/** The line above the progress lines. */
export function progressHeader(output: NodeJS.WriteStream): string {
  const line = `${'time'.padEnd(8)}${columns.map(column => column.padStart(width)).join('')}`;
  return `${emphasised('bold', line, output)}\n`;
}

/** How much of all ramps has arrived where. */
export function progressLine(
  counts: ReadonlyMap<string, Readonly<Counts>>,
  elapsedMillis: number,
  output: NodeJS.WriteStream,
): string {
  const sum = (key: keyof Counts) => [...counts.values()].reduce((total, each) => total + each[key], 0);
  const numbers = [
    sum('published'),
    sum('hub'),
    sum('rawLake'),
    sum('structuredLake'),
    sum('warehouse'),
    sum('deadLetters'),
  ].map(number => String(number).padStart(width));
  const letters = numbers.pop() ?? '';
  const aside = sum('deadLetters') > 0 ? emphasised('red', letters, output) : letters;
  return `${`${(elapsedMillis / 1000).toFixed(0)} s`.padEnd(8)}${numbers.join('')}${aside}\n`;
}

/** Where the events of each ramp are, as a table. */
export function reconciliationTable(rows: readonly Reconciliation[]): string {
  const name = Math.max(4, ...rows.map(({ ramp }) => ramp.length)) + 2;
  const head = `${'ramp'.padEnd(name)}${columns.map(column => column.padStart(width)).join('')}`;
  const lines = rows.map(row => {
    const counts = [row.published, row.hub, row.rawLake, row.structuredLake, row.warehouse, row.deadLetters];
    const cells = counts.map(count => String(count ?? '-').padStart(width)).join('');
    return `${row.ramp.padEnd(name)}${cells}${row.agrees ? '' : '   differs'}`;
  });
  return `${[head, ...lines].join('\n')}\n`;
}

/** How many rows of each exported table are where. */
export function exportsTable(tables: readonly ExportedTable[]): string {
  const name = Math.max(6, ...tables.map(table => table.export.length)) + 2;
  const row = (first: string, cells: readonly string[]) =>
    `${first.padEnd(name)}${cells.map(cell => cell.padStart(width)).join('')}`;
  const lines = tables.map(({ export: address, source, exported, warehouse, agrees }) => {
    const cells = [source, exported, warehouse].map(count => String(count ?? '-'));
    return `${row(address, cells)}${agrees ? '' : '   differs'}`;
  });
  return `${[row('export', ['database', 'exported', 'warehouse']), ...lines].join('\n')}\n`;
}

const emphasised = (format: 'bold' | 'red', text: string, stream: NodeJS.WriteStream) =>
  styleText(format, text, { stream });
