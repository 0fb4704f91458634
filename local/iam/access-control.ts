import type { Inventory } from '../../infra/render.ts';
import { type Authorize, type Caller, operator } from '../stand-in.ts';
import { type Binding, bindingsOf, projectsOfBuckets } from './bindings.ts';
import { createPolicy } from './policy.ts';

/** Something that a caller tried and was not allowed to do. */
export interface Denial {
  readonly caller: Caller;
  readonly permission: string;
  readonly resource: string;
}

/** Who may do what in a local cloud. */
export interface AccessControl {
  readonly authorize: Authorize;
  /** The bindings in force: at first, those that the program declares. */
  bindings(): readonly Binding[];
  /** Replaces the bindings, as `setIamPolicy` would on each resource; in force at once. */
  setBindings(bindings: readonly Binding[]): void;
  /** All that have the permission on the resource: emails, and `@<domain>` for everybody of a domain. */
  holders(permission: string, resource: string): string[];
  /** Records a refusal that was made elsewhere, by what `holders` said. */
  deny(denial: Denial): void;
  /** Calls back on every refusal, until the returned function is called. */
  onDenied(listener: (denial: Denial) => void): () => void;
  /** Calls back when the bindings have been replaced. */
  onChanged(listener: () => void): void;
}

/**
 * Holds every caller but the person at this machine to the bindings that a rendered program declares. Throws an Error
 * for a binding that cannot be enforced.
 */
export function createAccessControl(inventory: Inventory): AccessControl {
  const parents = projectsOfBuckets(inventory);
  let bindings: readonly Binding[] = bindingsOf(inventory);
  let policy = createPolicy(bindings, parents);
  const denialListeners = new Set<(denial: Denial) => void>();
  const changeListeners: (() => void)[] = [];

  const deny = (denial: Denial) => {
    for (const listener of [...denialListeners]) listener(denial);
  };
  return {
    authorize(caller, permission, resource) {
      if (caller === operator || policy.allows(caller, permission, resource)) return true;
      deny({ caller, permission, resource });
      return false;
    },
    bindings: () => bindings,
    setBindings(replacement) {
      policy = createPolicy(replacement, parents);
      bindings = replacement;
      for (const listener of changeListeners) listener();
    },
    holders: (permission, resource) => policy.holders(permission, resource),
    deny,
    onDenied(listener) {
      denialListeners.add(listener);
      return () => void denialListeners.delete(listener);
    },
    onChanged: listener => void changeListeners.push(listener),
  };
}
