import type { EntityKey, EntityValue, PropertyCondition } from '../../clients/datastore.ts';
import type { EntityFilter } from '../../core/batch/config.ts';
import { OnrampError } from '../../core/errors.ts';

const operators = {
  '=': 'EQUAL',
  '<': 'LESS_THAN',
  '<=': 'LESS_THAN_OR_EQUAL',
  '>': 'GREATER_THAN',
  '>=': 'GREATER_THAN_OR_EQUAL',
} as const;

export const keyProperty = '__key__';

type KeyOf = (idOrName: string | number) => EntityKey;

/** Filters of the configuration, rendered, as the service takes them. Throws EXPORT_QUERY_REFUSED with the filter. */
export const conditionsOf = (where: readonly EntityFilter[], keyOf: KeyOf): PropertyCondition[] =>
  where.map(filter => {
    const value = filter.property === keyProperty ? keyValue(filter, keyOf) : valueOf(filter);
    if (value === undefined) {
      const { property, operator, type } = filter;
      throw new OnrampError(
        'EXPORT_QUERY_REFUSED',
        `the filter ${property} ${operator} … has a value that is no ${type}`,
      );
    }
    return { property: filter.property, operator: operators[filter.operator], value };
  });

/** Entities of the kind that have no parent. */
export const rootKeys =
  (kind: string, partitionId: NonNullable<EntityKey['partitionId']>): KeyOf =>
  idOrName => ({
    partitionId,
    path: [typeof idOrName === 'number' ? { kind, id: String(idOrName) } : { kind, name: idOrName }],
  });

function keyValue({ value, type }: EntityFilter, keyOf: KeyOf): EntityValue | undefined {
  if (type === 'string') return { keyValue: keyOf(value) };
  if (type !== 'integer' || !/^[0-9]+$/.test(value)) return undefined;
  const key = keyOf(0);
  return { keyValue: { ...key, path: (key.path ?? []).map(({ kind }) => ({ kind: kind ?? '', id: value })) } };
}

function valueOf({ value, type }: EntityFilter): EntityValue | undefined {
  switch (type) {
    case 'string':
      return { stringValue: value };
    case 'integer':
      return /^-?[0-9]+$/.test(value) && BigInt.asIntN(64, BigInt(value)) === BigInt(value)
        ? { integerValue: value }
        : undefined;
    case 'double':
      return value.trim() === '' || (Number.isNaN(Number(value)) && value !== 'NaN')
        ? undefined
        : { doubleValue: Number(value) };
    case 'boolean':
      return value === 'true' || value === 'false' ? { booleanValue: value === 'true' } : undefined;
    case 'timestamp':
      return timestampOf(value);
  }
}

/** What templates print of a time: `2026-01-31 15:00:00`, with `T`, fraction and zone when they are there; else UTC. */
function timestampOf(text: string): EntityValue | undefined {
  const found = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?)? ?(Z|UTC|[+-]\d\d:?\d\d)?$/.exec(
    text.trim(),
  );
  if (found === null) return undefined;
  const [, date = '', time = '00:00:00', fraction = '', zone = 'Z'] = found;
  const offset = zone === 'UTC' || zone === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(-2)}`;
  const millis = Date.parse(`${date}T${time}${offset}`);
  if (Number.isNaN(millis)) return undefined;
  return { timestampValue: { seconds: String(millis / 1000), nanos: Number(fraction.padEnd(9, '0')) } };
}
