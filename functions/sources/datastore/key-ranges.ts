import type { DatastoreReads, EntityKey, Moment, PropertyCondition } from '../../clients/datastore.ts';
import type { Partitions } from '../../core/batch/config.ts';
import { OnrampError } from '../../core/errors.ts';
import { keyProperty } from './conditions.ts';
import { compareKeys } from './keys.ts';

/** Of so many entities it pays to read parts side by side; a part has about as many. */
const entitiesPerPart = 50_000;
const maxParts = 16;
/** Keys that are looked at for each bound: the more there are, the more equal the parts. */
const keysPerPart = 32;

interface Ranged {
  readonly reads: DatastoreReads;
  readonly kind: string;
  readonly namespace: string;
  readonly readTime: Moment;
  readonly partitions?: Partitions;
  readonly keyOf: (idOrName: string | number) => EntityKey;
  readonly estimated: number | undefined;
}

/** Ranges of keys that hold every entity of the kind exactly once; one range without conditions when there is one only. */
export async function keyRanges(ranged: Ranged): Promise<PropertyCondition[][]> {
  const { partitions, keyOf, estimated = 0 } = ranged;
  if (partitions !== undefined && partitions.by !== keyProperty) {
    throw new OnrampError(
      'EXPORT_COLUMN_MISSING',
      `${JSON.stringify(partitions.by)}: entities are cut by ${keyProperty}`,
    );
  }
  if (partitions !== undefined && 'bounds' in partitions) {
    return rangesBetween(partitions.bounds.map(keyOf).sort(compareKeys));
  }
  const count = partitions?.count ?? Math.min(maxParts, Math.ceil(estimated / entitiesPerPart));
  return count < 2 ? [[]] : rangesBetween(await scattered(ranged, count));
}

/**
 * Bounds from keys at random: about one entity in a hundred has the hidden property `__scatter__`, by whose order its
 * keys come as if they were shuffled. It is what Google's own connectors cut by.
 */
async function scattered({ reads, kind, namespace, readTime }: Ranged, count: number): Promise<EntityKey[]> {
  const limit = count * keysPerPart;
  const query = { kind, where: [], keysOnly: true, orderBy: '__scatter__', limit };
  const { entities } = await reads.page({ query, namespace, readTime });
  const keys = entities.flatMap(({ key }) => (key == null ? [] : [key])).sort(compareKeys);
  const bounds = Array.from({ length: count - 1 }, (_, i) => keys[Math.floor(((i + 1) * keys.length) / count)]);
  return [...new Set(bounds)].filter(key => key !== undefined);
}

function rangesBetween(bounds: readonly EntityKey[]): PropertyCondition[][] {
  const condition = (operator: PropertyCondition['operator'], key: EntityKey): PropertyCondition => ({
    property: keyProperty,
    operator,
    value: { keyValue: key },
  });
  const starts = [undefined, ...bounds];
  return starts.map((start, i) => {
    const end = bounds[i];
    return [
      ...(start === undefined ? [] : [condition('GREATER_THAN_OR_EQUAL', start)]),
      ...(end === undefined ? [] : [condition('LESS_THAN', end)]),
    ];
  });
}
