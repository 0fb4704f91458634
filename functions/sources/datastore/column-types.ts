import type { Entity, EntityValue, EntityValueType } from '../../clients/datastore.ts';
import {
  exportColumn,
  isDeclaredArray,
  maskedForType,
  type PlannedColumn,
  planColumns,
} from '../../core/batch/column-plan.ts';
import type { ColumnPolicy } from '../../core/batch/config.ts';
import type { ExportColumn, ExportType } from '../../core/batch/export-column.ts';
import type { ExportRequest } from '../../core/batch/export-request.ts';
import { OnrampError } from '../../core/errors.ts';
import { keyProperty } from './conditions.ts';

export type ValueType = Exclude<EntityValueType, 'nullValue'>;

/** A property that is exported. */
export interface ReadColumn {
  readonly planned: PlannedColumn;
  readonly column: ExportColumn;
  /** Whether the configuration says the type, so that values of others are converted where that is exact. */
  readonly declared: boolean;
  /** Of what the sample has; values of another type are none of the column's. */
  readonly seen: ReadonlySet<ValueType>;
}

/** What a sample of entities has: the types of each property's values, and of their elements. */
export interface SampledProperty {
  readonly types: Set<ValueType>;
  readonly elements: Set<ValueType>;
}

export type Sample = Map<string, SampledProperty>;

export function sampleOf(entities: Iterable<Entity>): Sample {
  const sample: Sample = new Map();
  for (const { properties } of entities) {
    for (const [name, value] of Object.entries(properties ?? {})) {
      const type = typeOf(value);
      if (type === undefined) continue;
      let known = sample.get(name);
      if (known === undefined) sample.set(name, (known = { types: new Set(), elements: new Set() }));
      known.types.add(type);
      for (const element of value.arrayValue?.values ?? []) {
        const elementType = typeOf(element);
        if (elementType !== undefined) known.elements.add(elementType);
      }
    }
  }
  return sample;
}

/** Undefined of a null. */
export const typeOf = ({ valueType }: EntityValue): ValueType | undefined =>
  valueType === 'nullValue' ? undefined : valueType;

/** https://cloud.google.com/datastore/docs/concepts/entities#properties_and_value_types */
const scalars: Readonly<Record<ValueType, ExportType>> = {
  booleanValue: 'BOOLEAN',
  integerValue: 'INTEGER',
  doubleValue: 'FLOAT',
  timestampValue: 'TIMESTAMP',
  keyValue: 'RECORD',
  stringValue: 'STRING',
  blobValue: 'BYTES',
  geoPointValue: 'RECORD',
  entityValue: 'JSON',
  arrayValue: 'JSON',
};

/** Datastore's words for them. */
export const typeNames: Readonly<Record<ValueType, string>> = {
  booleanValue: 'boolean',
  integerValue: 'integer',
  doubleValue: 'double',
  timestampValue: 'timestamp',
  keyValue: 'key',
  stringValue: 'string',
  blobValue: 'blob',
  geoPointValue: 'geopoint',
  entityValue: 'entity',
  arrayValue: 'array',
};

const text = (name: string): ExportColumn => ({ name, type: 'STRING', sourceType: 'string' });
const keyFields: readonly ExportColumn[] = [
  ...['project', 'database', 'namespace', 'path', 'kind', 'name'].map(text),
  { name: 'id', type: 'INTEGER', sourceType: 'integer' },
];
const pointFields: readonly ExportColumn[] = ['latitude', 'longitude'].map(name => ({
  name,
  type: 'FLOAT',
  sourceType: 'double',
}));
const fieldsOf = (type: ValueType) => ({ keyValue: keyFields, geoPointValue: pointFields })[type as 'keyValue'];

/**
 * The columns of an export of entities: the key, and each property that the sample has or that the configuration gives
 * a type or a mask. Throws EXPORT_TYPE_REFUSED with all properties of which it cannot say the type.
 */
export function columnsOf(sample: Sample, request: Pick<ExportRequest, 'columns' | 'contract'>): ReadColumn[] {
  const written = Object.entries(request.columns);
  const typed = written.filter(([name, policy]) => sample.has(name) || name === keyProperty || saysType(policy));
  const names = new Set([...sample.keys(), ...typed.map(([name]) => name)]);
  names.delete(keyProperty);
  // Of a property without a type of which the sample has nothing, there is nothing to export.
  const columns = Object.fromEntries(typed);
  const planned = planColumns([keyProperty, ...[...names].sort()], { columns, contract: request.contract });
  const problems: string[] = [];
  const read = planned.map(column => {
    const sampled = column.sourceName === keyProperty ? ofKey : (sample.get(column.sourceName) ?? nothing);
    const found = readColumn(column, sampled);
    if (typeof found === 'string') problems.push(`${column.sourceName}: ${found}`);
    return found;
  });
  if (problems.length > 0) throw new OnrampError('EXPORT_TYPE_REFUSED', problems.join('; '));
  return read.filter(column => typeof column !== 'string');
}

const nothing: SampledProperty = { types: new Set(), elements: new Set() };
const ofKey: SampledProperty = { types: new Set(['keyValue']), elements: new Set() };

const saysType = ({ type, decimal, mask }: ColumnPolicy) =>
  type !== undefined || decimal !== undefined || mask !== undefined;

/** The column, or why there is none. */
function readColumn(written: PlannedColumn, { types, elements }: SampledProperty): ReadColumn | string {
  const { policy } = written;
  const declared = policy.type !== undefined || policy.decimal !== undefined;
  const sourceType =
    [...types]
      .map(type => typeNames[type])
      .sort()
      .join(' | ') || 'none';
  const repeated = isDeclaredArray(written) && (types.has('arrayValue') || types.size === 0);
  const values = repeated ? new Set([...elements, ...[...types].filter(type => type !== 'arrayValue')]) : types;
  const [type] = values;
  // Of values of several types, only JSON is the type of all; where there is none, any text will do.
  const natural = type === undefined ? 'STRING' : values.size > 1 ? 'JSON' : scalars[type];
  const planned = maskedForType(written, { type: natural }, sourceType);
  if (planned.mask !== undefined)
    return { planned, column: exportColumn(planned, { type: natural }, sourceType), declared: true, seen: types };
  if (!declared && (values.size > 1 || type === undefined)) {
    const what =
      values.size > 1
        ? `values of types ${[...values]
            .map(each => typeNames[each])
            .sort()
            .join(', ')}`
        : 'empty arrays only';
    return `${what}; declare its type, such as JSON`;
  }
  const fields = type === undefined || natural !== 'RECORD' ? undefined : fieldsOf(type);
  const column = exportColumn(
    planned,
    { type: natural, ...(fields !== undefined && { fields }), ...(repeated && { repeated }) },
    sourceType,
  );
  return { planned, declared: declared || column.type !== natural, seen: values, column };
}
