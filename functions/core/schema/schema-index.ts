/**
 * What the registry says of one schema: its published versions, and the columns that its fields were given. One small
 * object per schema in the registry bucket, changed only by compare-and-swap on its generation.
 */
export interface SchemaIndex {
  readonly version: 1;
  /** Full name of the message, such as `acme.payment.v1.PaymentEvent`. */
  readonly name: string;
  /** In the order in which they were published; the last one that is not withdrawn is current. */
  readonly versions: readonly IndexedVersion[];
  readonly pins: ColumnPins;
}

export interface IndexedVersion {
  /** See `schemaVersion`: 16 hexadecimal digits. */
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly publishedAt: string;
  /** Present once nobody may publish or decode with it any more. */
  readonly withdrawn?: { readonly at: string; readonly why: string };
}

/**
 * The columns that a schema's fields have, whatever their names are now: by the field's path of field numbers, such as
 * `4.2`, one column for each type class that the field ever had, the first one first. See `core/schema/pins.ts`.
 */
export type ColumnPins = Readonly<Record<string, readonly PinnedColumn[]>>;

export interface PinnedColumn {
  /** See `typeClass`, such as `INTEGER` or `REPEATED STRING`. */
  readonly type: string;
  readonly column: string;
}

/** The index of a schema of which nothing is published yet. */
export const emptyIndex = (name: string): SchemaIndex => ({ version: 1, name, versions: [], pins: {} });

/** Reads an index. Only publishing writes it, so only its outline is checked. Throws when it is none. */
export function parseSchemaIndex(text: string): SchemaIndex {
  const value = JSON.parse(text) as Partial<SchemaIndex> | null;
  if (value?.version !== 1) {
    throw new Error(`the schema index has version ${String(value?.version)}; this build reads version 1`);
  }
  const { name, versions, pins } = value;
  if (typeof name !== 'string' || !Array.isArray(versions) || typeof pins !== 'object') {
    throw new Error('the schema index lacks its name, its versions or its pins');
  }
  return value as SchemaIndex;
}

/** An index as its object's text: the same index is always the same text. */
export function serialiseSchemaIndex({ name, versions, pins }: SchemaIndex): string {
  const sorted = Object.fromEntries(Object.entries(pins).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ version: 1, name, versions, pins: sorted }, undefined, 2)}\n`;
}

/** Whether messages of this version may be decoded: it is published, and not withdrawn. */
export const knownVersion = ({ versions }: SchemaIndex, version: string): boolean =>
  versions.some(known => known.version === version && known.withdrawn === undefined);

/** The version that messages have which name none; undefined when none is published, or all are withdrawn. */
export const currentVersion = ({ versions }: SchemaIndex): string | undefined =>
  versions.findLast(({ withdrawn }) => withdrawn === undefined)?.version;

/** When and why a version was withdrawn; undefined when it was not. */
export const withdrawalOf = ({ versions }: SchemaIndex, version: string): IndexedVersion['withdrawn'] =>
  versions.find(known => known.version === version)?.withdrawn;

/**
 * The index with `version` current and with these pins. An older version that is published again, for a change was taken
 * back, moves to the end, and a withdrawn one is no longer withdrawn. The current one keeps its place and its date, so
 * that publishing twice changes nothing.
 */
export function withVersion(index: SchemaIndex, version: string, publishedAt: string, pins: ColumnPins): SchemaIndex {
  if (currentVersion(index) === version) return { ...index, pins };
  const others = index.versions.filter(known => known.version !== version);
  return { ...index, versions: [...others, { version, publishedAt }], pins };
}

/**
 * The index with `version` withdrawn. The pins stay: columns that exist are never given to another field. One that is
 * withdrawn already keeps its first reason. Throws when the index does not hold the version.
 */
export function withdrawn(index: SchemaIndex, version: string, at: string, why: string): SchemaIndex {
  if (!index.versions.some(known => known.version === version)) {
    throw new Error(`${index.name} has no version ${version}`);
  }
  return {
    ...index,
    versions: index.versions.map(known =>
      known.version === version ? { ...known, withdrawn: known.withdrawn ?? { at, why } } : known,
    ),
  };
}
