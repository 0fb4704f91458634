import type { EntityKey } from '../../clients/datastore.ts';

type PathElement = NonNullable<EntityKey['path']>[number];

/** Datastore's own order of keys: https://cloud.google.com/datastore/docs/concepts/entities#ancestor_paths; ids before names. */
export function compareKeys({ path: a }: EntityKey, { path: b }: EntityKey): number {
  const [left, right] = [a ?? [], b ?? []];
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const order = compareElements(left[i] ?? {}, right[i] ?? {});
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function compareElements(a: PathElement, b: PathElement): number {
  const kinds = compareTexts(a.kind ?? '', b.kind ?? '');
  if (kinds !== 0) return kinds;
  if (isNamed(a) !== isNamed(b)) return isNamed(a) ? 1 : -1;
  if (isNamed(a)) return compareTexts(a.name ?? '', b.name ?? '');
  const difference = BigInt(a.id ?? 0) - BigInt(b.id ?? 0);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

const isNamed = ({ name }: PathElement) => name !== undefined && name !== null && name !== '';

/** Texts are ordered by their bytes, not as JavaScript has them. */
const compareTexts = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** The columns of a key. The id stays apart from the name: 5 and "5" are two entities. */
export interface KeyParts {
  readonly project: string;
  /** Undefined for the default database. */
  readonly database?: string;
  /** Empty for the default one. */
  readonly namespace: string;
  /** From the root: `"Country", "JP", "City", 42`, as BigQuery's own loads of Datastore write it. */
  readonly path: string;
  readonly kind: string;
  readonly name?: string;
  /** Decimal digits. */
  readonly id?: string;
}

export function keyParts({ partitionId, path }: EntityKey): KeyParts {
  const elements = path ?? [];
  const last = elements.at(-1) ?? {};
  const database = partitionId?.databaseId ?? '';
  return {
    project: partitionId?.projectId ?? '',
    ...(database === '' ? {} : { database }),
    namespace: partitionId?.namespaceId ?? '',
    path: elements
      .map(
        element =>
          `${JSON.stringify(element.kind)}, ${isNamed(element) ? JSON.stringify(element.name) : (element.id ?? '0')}`,
      )
      .join(', '),
    kind: last.kind ?? '',
    ...(isNamed(last) ? { name: last.name ?? '' } : { id: last.id ?? '0' }),
  };
}
