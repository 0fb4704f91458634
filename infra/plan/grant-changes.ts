import { buckets, secrets, topics } from '../../functions/core/names.ts';
import { stageIds } from '../../functions/core/wiring.ts';
import { grants, type OtherGrant, stageGrants } from '../grants.ts';
import type { Snapshot, SnapshotResource } from './snapshot.ts';

/** A grant that comes or goes; one that changes does both. */
export interface GrantChange {
  readonly action: 'add' | 'remove';
  /** IAM member. */
  readonly member: string;
  readonly role: string;
  readonly on: {
    /** Such as `topic`. */
    readonly kind: GrantKind;
    readonly name: string;
  };
  /** Why, as `infra/grants.ts` has it; empty when it is not from there. */
  readonly reason: string;
}

export type GrantKind =
  | 'topic'
  | 'subscription'
  | 'bucket'
  | 'dataset'
  | 'service'
  | 'account'
  | 'folder'
  | 'secret'
  | 'other';

/** The kinds of resources with grants, and the input that names the resource. */
const kinds: Readonly<Record<string, readonly [kind: GrantKind, input: string]>> = {
  TopicIAMMember: ['topic', 'topic'],
  SubscriptionIAMMember: ['subscription', 'subscription'],
  BucketIAMMember: ['bucket', 'bucket'],
  DatasetIamMember: ['dataset', 'datasetId'],
  ManagedFolderIamMember: ['folder', ''],
  SecretIamMember: ['secret', 'secretId'],
  ServiceIamMember: ['service', 'name'],
  IAMMember: ['account', 'serviceAccountId'],
};

export const isGrant = ({ type }: Pick<SnapshotResource, 'type'>) => /iam(member|binding|policy)$/i.test(type);

/** How the grants of two snapshots differ, by what they are on and to whom; what goes comes last. */
export function grantChanges(before: Snapshot, after: Snapshot): GrantChange[] {
  const earlier = grantsOf(before);
  const later = grantsOf(after);
  const only = (these: typeof earlier, others: typeof earlier, action: 'add' | 'remove'): GrantChange[] =>
    [...these].filter(([key]) => !others.has(key)).map(([, grant]) => ({ action, ...grant }));
  return [...only(later, earlier, 'add').toSorted(inOrder), ...only(earlier, later, 'remove').toSorted(inOrder)];
}

function inOrder(a: GrantChange, b: GrantChange): number {
  const key = ({ on, member, role }: GrantChange) => [on.kind, on.name, member, role].join(' ');
  return key(a) < key(b) ? -1 : 1;
}

function grantsOf({ resources }: Snapshot): Map<string, Omit<GrantChange, 'action'>> {
  return new Map(
    resources.filter(isGrant).map(({ type, name: resourceName, inputs }) => {
      const [kind, input] = kinds[type.slice(type.lastIndexOf(':') + 1)] ?? ['other', ''];
      // An account is named by its full id; a folder is named within its bucket.
      const { bucket, managedFolder } = inputs;
      const named = kind === 'folder' ? `${String(bucket)}/${String(managedFolder)}` : inputs[input];
      const name = (typeof named === 'string' ? named : resourceName).replace(/^.*\/serviceAccounts\/(.*?)@.*$/, '$1');
      const grant = { member: String(inputs['member']), role: String(inputs['role']), on: { kind, name } };
      const reason = reasonOf(grant);
      return [`${type} ${JSON.stringify(inputs)}`, { ...grant, reason }];
    }),
  );
}

type Grant = Pick<GrantChange, 'member' | 'role' | 'on'>;

function reasonOf(grant: Grant): string {
  const stage = stageIds.find(id => grant.member.startsWith(`serviceAccount:${id}@`));
  const found =
    stage === undefined
      ? otherGrant(grant)
      : stageGrants[stage].find(({ role, on }) => role === grant.role && isPlace(on, grant.on));
  return found?.reason ?? '';
}

function isPlace(place: (typeof stageGrants)[keyof typeof stageGrants][number]['on'], on: Grant['on']): boolean {
  if ('topic' in place) return on.kind === 'topic' && on.name === topics[place.topic];
  if ('folder' in place) return on.kind === 'folder' && on.name.endsWith(`/${place.folder}/`);
  if ('bucket' in place) return on.kind === 'bucket' && on.name.endsWith(buckets[place.bucket](''));
  if ('ramps' in place) return on.kind === 'topic' && on.name.startsWith(topics.ramp('', '').slice(0, -1));
  if ('secret' in place) return on.kind === 'secret' && on.name === secrets[place.secret];
  return on.kind === 'dataset' && (place.datasets === 'onramp') === (on.name === 'onramp');
}

/** Of the grants with the same role, the one that is to the same kind of member and on the same kind of resource. */
function otherGrant({ member, role, on }: Grant): OtherGrant | undefined {
  const candidates = (Object.values(grants) as OtherGrant[]).filter(grant => grant.role === role);
  if (candidates.length < 2) return candidates[0];
  const agent = member.endsWith('@gs-project-accounts.iam.gserviceaccount.com')
    ? 'storage'
    : /@gcp-sa-(\w+)\./.exec(member)?.[1];
  const words: Readonly<Record<string, string>> = { pubsub: 'Pub/Sub', logging: 'Logging', storage: 'Storage' };
  const byWhom = (who: string) => (agent === undefined ? !who.includes('agent') : who.includes(words[agent] ?? agent));
  const near = candidates.filter(({ who }) => byWhom(who));
  // A folder is named within its bucket.
  const place = on.kind === 'folder' ? (/-(?:raw|structured)-lake(?=\/)/.exec(on.name)?.[0] ?? '') : `\`${on.name}\``;
  return near.find(grant => grant.on.includes(place)) ?? near[0];
}
