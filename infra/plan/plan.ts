import { type GrantChange, grantChanges } from './grant-changes.ts';
import { type ResourceChange, resourceChanges } from './resource-changes.ts';
import type { Snapshot } from './snapshot.ts';
import { type TableChange, tableChanges } from './table-changes.ts';

/** What a change does, before anyone deploys it: the document of `onramp plan --json`. */
export interface Plan {
  readonly version: 1;
  readonly resources: readonly ResourceChange[];
  /** Who may newly do what, and who may no more. */
  readonly grants: readonly GrantChange[];
  readonly tables: readonly TableChange[];
  /** What would be lost or broken, in words; empty when nothing would. */
  readonly losses: readonly string[];
}

/** How `after` differs from `before`. */
export function makePlan(before: Snapshot, after: Snapshot): Plan {
  const resources = resourceChanges(before, after);
  const tables = tableChanges(before, after);
  return {
    version: 1,
    resources,
    grants: grantChanges(before, after),
    tables,
    losses: [...resources.flatMap(deletion), ...tables.flatMap(breaks)],
  };
}

/** Whether there is nothing to do. */
export const isEmpty = ({ resources, grants, tables }: Plan) => resources.length + grants.length + tables.length === 0;

/** `Topic` of `gcp:pubsub/topic:Topic`. */
export const kindOf = (type: string) => type.slice(type.lastIndexOf(':') + 1);

function deletion(change: ResourceChange): string[] {
  if (change.loses === undefined) return [];
  const refused = change.protected === true ? '; Pulumi refuses, for it is protected' : '';
  return [`${kindOf(change.type)} ${change.name} would be deleted, with ${change.loses}${refused}`];
}

const breaks = ({ table, columns }: TableChange): string[] =>
  columns.flatMap(column =>
    column.action === 'retype'
      ? [
          `column ${column.path} of ${table} cannot change from ${column.before} to ${column.after}: new values go to ${column.column}`,
        ]
      : [],
  );
