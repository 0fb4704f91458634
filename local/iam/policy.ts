import type { Caller } from '../stand-in.ts';
import type { Binding } from './bindings.ts';
import type { Applies } from './condition.ts';
import { roles } from './roles.ts';

/** What a set of bindings allows. */
export interface Policy {
  /** Whether the caller has the permission on the resource, or on one that holds it. Takes the same time whatever the number of bindings. */
  allows(caller: Caller, permission: string, resource: string): boolean;
  /** All that have the permission on the resource: emails, and `@<domain>` for everybody of a domain. */
  holders(permission: string, resource: string): string[];
}

type Grants = Map<string, Map<string, Applies[]>>;

const always: Applies = () => true;

/**
 * Expands bindings to permissions. `parents` names the holder of a resource where the resource's own name does not.
 * A caller's address stands for all that it may be: an account, a person, or somebody in a group of that address.
 * Throws an Error for a role whose permissions are not known.
 */
export function createPolicy(bindings: readonly Binding[], parents: ReadonlyMap<string, string> = new Map()): Policy {
  const grants = new Map<string, Grants>();
  for (const { member, role, resource, applies = always } of bindings) {
    const permissions = roles[role]?.permissions;
    if (!permissions) {
      throw new Error(`the local cloud does not know the role ${role}; add it to local/iam/roles.ts with its source`);
    }
    const ofMember = entry(grants, holderOf(member), () => new Map() as Grants);
    for (const permission of permissions) {
      const onResources = entry(ofMember, permission, () => new Map<string, Applies[]>());
      entry(onResources, resource, () => [] as Applies[]).push(applies);
    }
  }

  const has = (holder: string, permission: string, resource: string): boolean => {
    const onResources = grants.get(holder)?.get(permission);
    if (!onResources) return false;
    for (let at: string | undefined = resource; at !== undefined; at = parents.get(at) ?? parentOf(at)) {
      if (onResources.get(at)?.some(applies => applies(resource)) === true) return true;
    }
    return false;
  };
  return {
    allows: (caller, permission, resource) =>
      has(caller, permission, resource) || has(domainOf(caller), permission, resource),
    holders: (permission, resource) => [...grants.keys()].filter(holder => has(holder, permission, resource)),
  };
}

/** `@example.com` of an address at that domain: who everybody at it is. */
export const domainOf = (email: string) => email.slice(email.lastIndexOf('@'));

/** The forms are those of https://cloud.google.com/iam/docs/principal-identifiers. */
function holderOf(member: string): string {
  const [, kind = '', rest = ''] = /^(serviceAccount|user|group|domain):(.+)$/.exec(member) ?? [];
  if (kind === 'domain') return `@${rest}`;
  return kind === '' ? member : rest;
}

/**
 * The resource that holds another; undefined for one that nothing holds. An object's name may have any slashes. Each part
 * of it may be a managed folder, which is named with the slash at its end.
 */
function parentOf(resource: string): string | undefined {
  const [, bucket, kind, name] =
    /^(projects\/_\/buckets\/[^/]+)\/(objects|managedFolders)\/(.*)$/s.exec(resource) ?? [];
  if (bucket !== undefined && name !== undefined) {
    const end = (kind === 'objects' ? name : name.slice(0, -1)).lastIndexOf('/');
    return end === -1 ? bucket : `${bucket}/managedFolders/${name.slice(0, end + 1)}`;
  }
  const collection = resource.lastIndexOf('/', resource.lastIndexOf('/') - 1);
  return collection === -1 ? undefined : resource.slice(0, collection);
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
