import { type ChangedValue, changedValues } from './changed-values.ts';
import { isGrant } from './grant-changes.ts';
import { replaces } from './immutable-inputs.ts';
import type { Snapshot, SnapshotResource } from './snapshot.ts';

/** In the order in which they are listed. */
const actions = ['add', 'change', 'replace', 'remove', 'leave'] as const;

/** `replace` is a deletion, and then a new resource; `leave` means that Pulumi forgets it, and it stays as it is. */
export type ResourceAction = (typeof actions)[number];

/** What happens to a resource that is no grant. */
export interface ResourceChange {
  readonly action: ResourceAction;
  /** Such as `gcp:pubsub/topic:Topic`. */
  readonly type: string;
  readonly name: string;
  /** The inputs that differ; empty when it is added or goes. */
  readonly inputs: readonly ChangedValue[];
  /** Present where data would be deleted: what data. */
  readonly loses?: string;
  /** Pulumi refuses to delete it. */
  readonly protected?: true;
}

/** What goes with a resource that is deleted. */
const contents: Readonly<Record<string, string>> = {
  'gcp:pubsub/topic:Topic': 'the messages that it retains',
  'gcp:pubsub/subscription:Subscription': 'the messages that are not acknowledged yet',
  'gcp:storage/bucket:Bucket': 'all its objects',
  'gcp:bigquery/dataset:Dataset': 'all its tables',
};

const resourceKey = ({ type, name }: Pick<SnapshotResource, 'type' | 'name'>) => `${type} ${name}`;

/** How the resources of two snapshots differ, grants apart, by action, type and name. */
export function resourceChanges(before: Snapshot, after: Snapshot): ResourceChange[] {
  const earlier = byKey(before);
  const later = byKey(after);
  const changed = [...later].flatMap(([key, resource]) => {
    const old = earlier.get(key);
    if (old === undefined) return [change('add', resource)];
    const inputs = changedValues(old.inputs, resource.inputs);
    if (inputs.length === 0) return [];
    const action = inputs.some(({ path }) => replaces(resource.type, path)) ? 'replace' : 'change';
    return [change(action, old, inputs)];
  });
  const gone = [...earlier].filter(([key]) => !later.has(key));
  const left = gone.map(([, resource]) => change(resource.retainOnDelete === true ? 'leave' : 'remove', resource));
  return actions.flatMap(action =>
    [...changed, ...left]
      .filter(found => found.action === action)
      .toSorted((a, b) => (resourceKey(a) < resourceKey(b) ? -1 : 1)),
  );
}

const byKey = ({ resources }: Snapshot) =>
  new Map(resources.filter(resource => !isGrant(resource)).map(resource => [resourceKey(resource), resource]));

function change(
  action: ResourceAction,
  { type, name, protect }: SnapshotResource,
  inputs: readonly ChangedValue[] = [],
): ResourceChange {
  const loses = action === 'remove' || action === 'replace' ? contents[type] : undefined;
  return {
    action,
    type,
    name,
    inputs,
    ...(loses !== undefined && { loses }),
    ...(loses !== undefined && protect && { protected: true }),
  };
}
