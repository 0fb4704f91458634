import assert from 'node:assert/strict';
import type { ExportColumn } from '../../../../functions/core/batch/export-column.ts';
import type { Exported, Exports } from './export-fixture.ts';

/**
 * Loads an export, and asserts that BigQuery has every value of every row as the files do, and that both have the same
 * checksums. Answers with the table's name.
 */
export async function assertInBigQuery(exports: Exports, exported: Exported): Promise<string> {
  const { columns } = exported.manifest;
  const table = await exports.load(exported);
  const selected = columns.map(({ name, type, repeated }) => {
    const value = `\`${name}\``;
    // Google's client parses JSON, in which it rounds numbers, and reads microseconds before 1970 wrongly.
    const sql = { JSON: `IF(${value} IS NULL, NULL, TO_JSON_STRING(${value}))`, TIMESTAMP: `UNIX_MICROS(${value})` }[
      type as string
    ];
    return sql === undefined || repeated === true ? value : `${sql} AS ${value}`;
  });
  const rows = await exports.query(`SELECT ${selected.join(', ')} FROM ${table}`);
  const written = exported.records.map(record => rowText(columns, record, ofAvro));
  const found = rows.map(row => rowText(columns, row, ofClient));
  assert.deepEqual(found.sort(byText), written.sort(byText));
  assert.deepEqual(await exports.checksums(table, exported.manifest), exported.manifest.checksums);
  return table;
}

type Text = string | null | readonly Text[] | { readonly [field: string]: Text };
type ToText = (column: ExportColumn, value: unknown) => Text;

/** Rows come in any order. */
const byText = (a: unknown, b: unknown) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

const rowText = (columns: readonly ExportColumn[], row: Readonly<Record<string, unknown>>, toText: ToText) =>
  Object.fromEntries(columns.map(column => [column.name, valueText(column, row[column.name], toText)]));

function valueText(column: ExportColumn, value: unknown, toText: ToText): Text {
  if (column.repeated === true) return (value as unknown[]).map(item => elementText(column, item, toText));
  return elementText(column, value, toText);
}

function elementText(column: ExportColumn, value: unknown, toText: ToText): Text {
  if (value === null || value === undefined) return null;
  return column.type === 'RECORD'
    ? rowText(column.fields ?? [], value as Record<string, unknown>, toText)
    : toText(column, value);
}

/** A value as our reader of Avro has it. */
function ofAvro({ type }: ExportColumn, value: unknown): Text {
  switch (type) {
    case 'DATE':
      return new Date(Number(value) * 86_400_000).toISOString().slice(0, 10);
    case 'TIME':
      return momentText(value as bigint).slice(11);
    case 'DATETIME':
    case 'TIMESTAMP':
      return momentText(value as bigint);
    default:
      return plainText(type, value);
  }
}

/** A value as Google's client has it. */
function ofClient({ type }: ExportColumn, value: unknown): Text {
  const text = String((value as { readonly value?: unknown }).value);
  switch (type) {
    case 'INTEGER':
    case 'DATE':
      return text;
    case 'NUMERIC':
      return (value as { toFixed(): string }).toFixed();
    case 'TIME':
      return padded(text);
    case 'DATETIME':
      return padded(text);
    // In an array or a RECORD, as the client has it.
    case 'TIMESTAMP':
      return /^-?\d+$/.test(text) ? momentText(BigInt(text)) : padded(text.replace(/(?:000)?Z$/, ''));
    default:
      return plainText(type, value);
  }
}

function plainText(type: ExportColumn['type'], value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (type === 'JSON') return typeof value === 'string' ? normalised(value) : JSON.stringify(value);
  return Object.is(value, -0) ? '-0' : String(value);
}

/** JSON as BigQuery keeps it: without white space between its tokens, and a number that is no INT64 as a FLOAT64. */
const normalised = (json: string) =>
  json.replaceAll(/("(?:[^"\\]|\\.)*")|\s+|(-?\d[\d.eE+-]*)/g, (_, text: string = '', number: string = '') =>
    number === '' || isInt64(number) ? text + number : String(Number(number)),
  );

const isInt64 = (number: string) => /^-?\d+$/.test(number) && BigInt.asIntN(64, BigInt(number)) === BigInt(number);

const million = 1_000_000n;

function momentText(micros: bigint): string {
  const ofSecond = ((micros % million) + million) % million;
  const second = new Date(Number((micros - ofSecond) / 1000n)).toISOString().slice(0, 19);
  return `${second}.${String(ofSecond).padStart(6, '0')}`;
}

/** With six digits of a second's fraction. */
function padded(text: string): string {
  const [second = '', fraction = ''] = text.split('.');
  return `${second}.${fraction.padEnd(6, '0')}`;
}
