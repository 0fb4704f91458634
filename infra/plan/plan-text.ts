import type { ChangedValue } from './changed-values.ts';
import { isEmpty, kindOf, type Plan } from './plan.ts';
import type { ResourceAction, ResourceChange } from './resource-changes.ts';
import type { ColumnChange, TableChange } from './table-changes.ts';

const signs: Readonly<Record<ResourceAction | 'retype', string>> = {
  add: '+',
  change: '~',
  replace: '±',
  remove: '-',
  leave: '·',
  retype: '!',
};

/** A plan for people: what comes (+), changes (~), is replaced (±), goes (-), is left behind (·) or breaks (!). */
export function formatPlan(plan: Plan): string {
  if (isEmpty(plan)) return 'Nothing changes.\n';
  return [
    group('Resources', plan.resources.flatMap(resourceLines)),
    group(
      'Access',
      plan.grants.flatMap(({ action, member, role, on, reason }) => [
        `${signs[action]} ${member} ${action === 'add' ? 'may' : 'may no longer'} ${role} on ${on.kind} ${on.name}`,
        ...(reason === '' ? [] : [`    ${reason}`]),
      ]),
    ),
    formatTables(plan.tables),
    group(
      'Lost or broken',
      plan.losses.map(loss => `! ${loss}`),
    ),
    `${summary(plan)}\n`,
  ]
    .filter(text => text !== '')
    .join('\n');
}

/** What happens to tables and files, under a title; empty when nothing does. */
export const formatTables = (tables: readonly TableChange[]): string => group('Tables', tables.flatMap(tableLines));

const group = (title: string, lines: readonly string[]) =>
  lines.length === 0 ? '' : `${title}\n${lines.map(line => `  ${line}\n`).join('')}`;

function resourceLines({ action, type, name, inputs }: ResourceChange): string[] {
  const left = action === 'leave' ? ' (no longer managed; it stays where it is)' : '';
  return [`${signs[action]} ${kindOf(type)} ${name}${left}`, ...inputs.map(value => `    ${valueText(value)}`)];
}

function tableLines({ action, ramp, table, columns, files, layout }: TableChange): string[] {
  const what = {
    add: `made with the first row of ${ramp}`,
    change: `rows of ${ramp}`,
    remove: `no more rows from ${ramp}; it stays with those that it has`,
  }[action];
  return [
    `${signs[action]} ${table}: ${what}`,
    ...columns.map(column => `    ${columnText(column)}`),
    ...files.map(value => `    ~ in files only: ${valueText(value)}`),
    ...layout.map(value => `    ~ for a new table only: ${valueText(value)}`),
  ];
}

function columnText(column: ColumnChange): string {
  const sign = signs[column.action];
  if (column.action === 'add') return `${sign} ${column.path} ${column.after}`;
  if (column.action === 'remove') return `${sign} ${column.path} ${column.before}: stays, and is NULL in new rows`;
  return `${sign} ${column.path} from ${column.before} to ${column.after}: new values go to ${column.column}`;
}

function valueText(value: ChangedValue): string {
  if (!('before' in value)) return `${value.path}: ${short(value.after)}`;
  if (!('after' in value)) return `${value.path}: was ${short(value.before)}`;
  return `${value.path}: ${short(value.before)} -> ${short(value.after)}`;
}

/** A value on one line, not longer than a screen is wide. */
function short(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}

function summary({ resources, grants, tables }: Plan): string {
  const actions = resources.map(({ action }) => action);
  const counted = (['add', 'change', 'replace', 'remove', 'leave'] as const)
    .map(action => [actions.filter(found => found === action).length, action] as const)
    .filter(([count]) => count > 0)
    .map(([count, action]) => `${count} to ${action}`);
  return [
    `Resources: ${counted.length === 0 ? 'none' : counted.join(', ')}`,
    `grants: ${grants.filter(({ action }) => action === 'add').length} to add, ${grants.filter(({ action }) => action === 'remove').length} to remove`,
    `tables: ${tables.length}`,
  ].join('; ');
}
