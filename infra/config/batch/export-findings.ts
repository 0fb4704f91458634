import type { Connection } from '../../../functions/core/batch/connection.ts';
import type { PiiClasses } from '../../../functions/core/catalogue.ts';
import { nameProblem } from '../../../functions/core/names.ts';
import { unknownClass } from '../unknown-class.ts';
import type { Finding } from '../yaml-file.ts';
import type { DestinationYaml, ExportYaml } from './export-shape.ts';

/** Variables of a template that are of the run's interval. */
const ofInterval =
  /\{[{%][^]*?\b(?:execution_date|next_execution_date|logical_date|data_interval_(?:start|end)|(?:next_|prev_|yesterday_|tomorrow_)?ds(?:_nodash)?|ts(?:_nodash(?:_with_tz)?)?)\b/;

/** What decides how columns are masked, besides the export's own file. */
export interface Masking {
  readonly hasKey: boolean;
  /** Of `services/pii.yaml`; undefined without that file, when every class is masked by HMAC. */
  readonly classes: PiiClasses | undefined;
}

/** What is wrong between the keys of an export, apart from its schedule and its templates. */
export function exportFindings(written: ExportYaml, connection: Connection | undefined, masking: Masking): Finding[] {
  return [
    ...sourceFindings(written, connection),
    ...intervalFindings(written),
    ...written.bigquery.flatMap((destination, index) =>
      destinationFindings(destination, written.incremental ?? false).map(finding => ({
        ...finding,
        path: ['bigquery', index, ...finding.path],
      })),
    ),
    ...columnFindings(written, masking),
  ];
}

function sourceFindings({ query, entity }: ExportYaml, connection: Connection | undefined): Finding[] {
  if ((query === undefined) === (entity === undefined)) {
    const what = query === undefined ? '"query" is missing' : '"query" and "entity" are both written';
    return [{ path: [], what, mend: 'write "query", or "entity" for the entities of a Datastore' }];
  }
  if (entity !== undefined && connection !== undefined && connection.kind !== 'datastore') {
    const what = `"entity" is of a Datastore, and the connection is of kind ${connection.kind}`;
    return [{ path: ['entity'], atKey: true, what, mend: 'write "query"' }];
  }
  return [];
}

function intervalFindings({ query, entity, incremental, overlap, bigquery }: ExportYaml): Finding[] {
  const findings: Finding[] = [];
  if (incremental === true) {
    const templates = query ?? (entity?.where ?? []).map(({ value }) => value).join('\n');
    if (!ofInterval.test(templates)) {
      findings.push({
        path: ['incremental'],
        atKey: true,
        what: 'the export is incremental, but what it reads does not depend on the interval',
        mend: 'compare a column with {{ execution_date }} and {{ next_execution_date }}, or remove "incremental"',
      });
    }
  }
  if (overlap === undefined || overlap === 0) return findings;
  if (incremental !== true) {
    const what = 'an overlap is of incremental exports alone';
    findings.push({ path: ['overlap'], atKey: true, what, mend: 'write incremental: true, or remove "overlap"' });
  } else if (bigquery.some(destination => modeOf(destination, true) === 'append')) {
    const what = 'with an overlap, append would load rows twice';
    findings.push({ path: ['overlap'], atKey: true, what, mend: 'write merge_query, or remove "overlap"' });
  }
  return findings;
}

/** The write mode that was written, or that follows from the rest. */
export const modeOf = ({ write_mode, merge_query }: DestinationYaml, incremental: boolean) =>
  write_mode ?? (merge_query !== undefined ? 'merge' : incremental ? 'append' : 'replace');

function destinationFindings(destination: DestinationYaml, incremental: boolean): Finding[] {
  const { project, dataset, table, write_mode, merge_query, labels } = destination;
  const findings: Finding[] = [];
  // Looser than the rule for projects that Onramp makes things in: old ones have other letters.
  if (project !== undefined && !/^[a-z][a-z0-9_.:-]{1,62}$/.test(project)) {
    const what = `"${project}" is no project id`;
    findings.push({ path: ['project'], what, mend: 'write the project’s id, not its name or its number' });
  }
  for (const [kind, name] of [
    ['dataset', dataset],
    ['table', table],
  ] as const) {
    const broken = nameProblem(kind, name);
    if (broken !== undefined)
      findings.push({ path: [kind], what: broken, mend: 'rename it; templates are not rendered here' });
  }
  if (merge_query !== undefined && !incremental) {
    const what = 'merge_query is of incremental exports alone: a full one replaces its table';
    findings.push({
      path: ['merge_query'],
      atKey: true,
      what,
      mend: 'write incremental: true, or remove "merge_query"',
    });
  }
  if (merge_query !== undefined && write_mode !== undefined && write_mode !== 'merge') {
    const what = `the table has a merge_query, and write_mode is ${write_mode}`;
    findings.push({ path: ['write_mode'], what, mend: 'remove one of the two' });
  }
  if (merge_query === undefined && write_mode === 'merge') {
    findings.push({ path: ['write_mode'], what: 'write_mode is merge without merge_query', mend: 'write merge_query' });
  }
  if (incremental && write_mode === 'replace') {
    const what = 'replace would leave the rows of the last interval only';
    findings.push({
      path: ['write_mode'],
      what,
      mend: 'write merge_query or write_mode: append, or remove "incremental"',
    });
  }
  for (const [key, value] of Object.entries(labels ?? {})) {
    // https://cloud.google.com/bigquery/docs/labels-intro#requirements
    if (/^[a-z][a-z0-9_-]{0,62}$/.test(key) && /^[a-z0-9_-]{0,63}$/.test(value)) continue;
    const what = `the label "${key}: ${value}" breaks the rule: up to 63 lower-case letters, digits, _ and -`;
    findings.push({ path: ['labels', key], atKey: true, what, mend: 'rename it' });
  }
  return findings;
}

/** A decimal of BigQuery: https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#decimal_types */
const maxIntegerDigits = 38;

function columnFindings({ columns = {}, mask = {}, contract }: ExportYaml, masking: Masking): Finding[] {
  const findings: Finding[] = [];
  for (const [name, column] of Object.entries(columns)) {
    const ofClass = classFinding(name, column.class, mask[name] !== undefined, masking);
    if (ofClass !== undefined) findings.push(ofClass);
    const { decimal, type } = column;
    if (
      decimal !== undefined &&
      (decimal.scale > decimal.precision || decimal.precision - decimal.scale > maxIntegerDigits)
    ) {
      const what = `no decimal of BigQuery has precision ${decimal.precision} and scale ${decimal.scale}`;
      const mend = `keep the scale below the precision, and at most ${maxIntegerDigits} digits before the point`;
      findings.push({ path: ['columns', name, 'decimal'], what, mend });
    }
    if (decimal !== undefined && type !== undefined && !type.endsWith('NUMERIC')) {
      const what = `the column "${name}" has decimal digits, and is ${type}`;
      findings.push({ path: ['columns', name, 'decimal'], atKey: true, what, mend: 'remove "decimal" or "type"' });
    }
  }
  for (const [name, method] of Object.entries(mask)) {
    if (method === 'hmac' && !masking.hasKey) {
      const what = `the column "${name}" is masked by hmac, for which there is no key`;
      const mend = 'write mask_key in schedule.yaml, or { hmac: projects/<project>/secrets/<secret>/versions/1 }';
      findings.push({ path: ['mask', name], what, mend });
    }
  }
  if (typeof contract === 'object' && Object.keys(contract).length === 0) {
    findings.push({ path: ['contract'], atKey: true, what: '"contract" says nothing', mend: 'remove it' });
  }
  return findings;
}

function classFinding(
  column: string,
  name: string | undefined,
  isMasked: boolean,
  { hasKey, classes }: Masking,
): Finding | undefined {
  if (name === undefined || name === 'none') return undefined;
  const path = ['columns', column, 'class'];
  if (classes !== undefined && !Object.hasOwn(classes, name)) {
    return { path, ...unknownClass(`the column "${column}"`, name, classes) };
  }
  const mask = classes?.[name]?.mask ?? 'hmac';
  if (isMasked || hasKey || mask === 'drop' || mask === 'none') return undefined;
  const by = mask === 'truncate' ? 'cut short, or masked by hmac where its type cannot be' : 'masked by hmac';
  const what = `the column "${column}" is of class ${name}, and so it is ${by}, for which there is no key`;
  return { path, what, mend: `write mask_key in schedule.yaml, or ${column} under "mask"; none exports it as it is` };
}
