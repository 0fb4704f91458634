import { prefix } from '../envelope.ts';

/** https://cloud.google.com/bigquery/docs/schemas#column_names */
const reservedPrefixes = [
  '_table_',
  '_file_',
  '_partition',
  '_row_timestamp',
  '__root__',
  '_colidentifier',
  '_change_sequence_number',
  '_change_type',
  '_change_timestamp',
];

/** https://cloud.google.com/bigquery/docs/schemas#column_names */
const maxLength = 300;

export interface NamedColumn {
  readonly name: string;
  /** Why the field's own name could not be kept; absent when it was. */
  readonly problem?: string;
}

/**
 * Gives the fields of one message their column names, by field number: so a field that is added later never takes the
 * name of an older one. A name is the field's own wherever BigQuery and Avro allow it; else its number is appended.
 * `topLevel` keeps the names free that begin with Onramp's own prefix.
 */
export function columnNames(
  fields: readonly { readonly name: string; readonly number: number }[],
  topLevel: boolean,
): Map<number, NamedColumn> {
  const taken = new Set<string>();
  const named = new Map<number, NamedColumn>();
  for (const { name, number } of [...fields].sort((a, b) => a.number - b.number)) {
    const problem = nameProblem(name, topLevel) ?? clash(name, taken);
    let unique = problem === undefined ? name : `${legalStart(name).slice(0, maxLength - 20)}_${number}`;
    while (taken.has(unique.toLowerCase())) unique += `_${number}`;
    taken.add(unique.toLowerCase());
    named.set(number, problem === undefined ? { name: unique } : { name: unique, problem });
  }
  return named;
}

function nameProblem(name: string, topLevel: boolean): string | undefined {
  const lower = name.toLowerCase();
  const reserved = reservedPrefixes.find(start => lower.startsWith(start));
  if (reserved !== undefined) return `BigQuery reserves names that begin with ${reserved.toUpperCase()}`;
  if (topLevel && lower.startsWith(prefix)) return `names that begin with ${prefix} are Onramp’s own`;
  if (/^[0-9]/.test(name)) return 'a column’s name begins with a letter or an underscore';
  return name.length > maxLength ? `a column’s name has at most ${maxLength} characters` : undefined;
}

const clash = (name: string, taken: ReadonlySet<string>) =>
  taken.has(name.toLowerCase()) ? 'another field has this name, or has it but for its case' : undefined;

/** A reserved beginning stays reserved whatever is appended, so such a name gets another beginning. */
function legalStart(name: string): string {
  if (/^[0-9]/.test(name)) return `field_${name}`;
  return reservedPrefixes.some(start => name.toLowerCase().startsWith(start)) ? `field${name}` : name;
}
