/** In the place of a text that only the deployment will know: a preview has some of these. */
export const unknownText = '(known after the deployment)';

/** A resource as a rule sees it. */
export interface PolicyResource {
  /** Such as `gcp:pubsub/topic:Topic`. */
  readonly type: string;
  readonly name: string;
  /** Plain data. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** Something that must hold for every resource alone. */
export interface ResourceRule {
  /** In kebab-case; the name under which Pulumi shows it. */
  readonly name: string;
  /** What must hold, and why. */
  readonly description: string;
  /** Says what is wrong with a resource and how to mend it, once for each fault; nothing when all is well. */
  readonly check: (resource: PolicyResource) => readonly string[];
}

/** A fault of one of the stack's resources. */
export interface StackFault<R extends PolicyResource> {
  readonly resource: R;
  readonly message: string;
}

/** Something that must hold for all resources together. */
export interface StackRule {
  readonly name: string;
  readonly description: string;
  readonly check: <R extends PolicyResource>(resources: readonly R[]) => readonly StackFault<R>[];
}

/** The value at a path of keys, whatever is on the way. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (found, key) => (typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[key] : undefined),
    value,
  );
}

/** The items of a list; none for anything else. */
export const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Whether the resource is of one of the types, which are named by their last part, such as `Topic`. */
export const isOf = ({ type }: PolicyResource, ...names: readonly string[]): boolean =>
  type.startsWith('gcp:') && names.includes(type.slice(type.lastIndexOf(':') + 1));
