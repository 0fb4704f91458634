import { unsupported } from '../errors.ts';
import type { Column, ColumnMode, ColumnType } from '../types.ts';
import { decimals, isDecimal } from '../values/decimal.ts';
import { AvroError } from './container.ts';

/** A value that avsc decoded with unions wrapped, as the row has it. `undefined` when it does not fit. */
export type AvroKind =
  | 'plain'
  | 'bytes'
  | 'enum'
  | 'decimal'
  | 'date'
  | 'time-millis'
  | 'time-micros'
  | 'timestamp-millis'
  | 'timestamp-micros'
  | 'local-timestamp-millis'
  | 'local-timestamp-micros'
  | 'text'
  | 'record'
  | 'map'
  | 'union';

/** A column that an Avro schema stands for, and how its values are stored in the file. */
export interface AvroColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly mode: ColumnMode;
  readonly description?: string;
  readonly kind: AvroKind;
  /** The value is wrapped by its branch's name, or null. */
  readonly wrapped: boolean;
  /** Elements of an array may be wrapped as well. */
  readonly wrappedElement: boolean;
  /** Digits after the point, of a decimal. */
  readonly scale?: number;
  /** Of a RECORD; those of a map are `key` and `value`; those of a union one per branch. */
  readonly fields?: readonly AvroColumn[];
  /** The branch of a union that this field is. */
  readonly branch?: string;
}

type AvroSchema = string | readonly AvroSchema[] | AvroObject;
interface AvroObject {
  readonly type: AvroSchema;
  readonly [property: string]: unknown;
}

type Shape = Omit<AvroColumn, 'name' | 'description'>;

/** What a load job may make of decimals: https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#decimaltargettype */
export const decimalTargets = ['NUMERIC', 'BIGNUMERIC', 'STRING'] as const;
export type DecimalTarget = (typeof decimalTargets)[number];

/** How a load job reads files. */
export interface AvroReading {
  readonly useAvroLogicalTypes: boolean;
  /** In any order. */
  readonly decimalTargets: readonly DecimalTarget[];
}

/**
 * The type of a decimal: the first of NUMERIC, BIGNUMERIC and STRING that is wanted and has so many digits; where none
 * has, the widest that is wanted, in which values may then not fit.
 */
function decimalTarget(wanted: readonly DecimalTarget[], precision: number, scale: number): DecimalTarget {
  const inOrder = decimalTargets.filter(target => wanted.includes(target));
  const holds = (target: DecimalTarget) =>
    !isDecimal(target) || (scale <= decimals[target].scale && precision - scale <= decimals[target].whole);
  return inOrder.find(holds) ?? inOrder.at(-1) ?? 'NUMERIC';
}

/**
 * The columns that BigQuery makes of an Avro schema.
 * https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-avro#avro_conversions
 */
export function avroColumns(schema: unknown, reading: AvroReading): AvroColumn[] {
  const named = new Map<string, AvroObject>();
  const root = resolve(schema as AvroSchema, '');
  if (typeof root === 'string' || root.type !== 'record') throw new AvroError('the schema is no record');
  return recordFields(root, new Set());

  /** The definition behind a name; registers the definitions that it meets. */
  function resolve(type: AvroSchema, namespace: string): string | AvroObject {
    if (typeof type === 'string') return named.get(type) ?? named.get(qualify(type, namespace)) ?? type;
    if (Array.isArray(type)) return { type };
    const definition = type as AvroObject;
    // { "type": { "type": "string" } } is a type as well.
    if (typeof definition.type === 'object' && !Array.isArray(definition.type))
      return resolve(definition.type, namespace);
    if (typeof definition['name'] !== 'string') return definition;
    const own = typeof definition['namespace'] === 'string' ? definition['namespace'] : namespace;
    const fullName = qualify(definition['name'], own);
    const complete = { ...definition, fullName, inside: fullName.slice(0, Math.max(0, fullName.lastIndexOf('.'))) };
    named.set(fullName, complete);
    return complete;
  }

  function recordFields(record: AvroObject, open: ReadonlySet<string>): AvroColumn[] {
    const fields = record['fields'] as readonly (AvroObject & { name: string; doc?: string })[];
    const name = String(record['fullName']);
    if (open.has(name)) throw unsupported(`The recursive Avro type ${name}`);
    const inside = new Set([...open, name]);
    return fields.map(field => ({
      name: field.name,
      ...(typeof field.doc === 'string' ? { description: field.doc } : {}),
      ...shape(field.type, String(record['inside']), inside),
    }));
  }

  function shape(type: AvroSchema, namespace: string, open: ReadonlySet<string>): Shape {
    const definition = resolve(type, namespace);
    if (typeof definition === 'string') return scalarShape(definition, {});
    if (Array.isArray(definition.type)) return unionShape(definition.type as readonly AvroSchema[], namespace, open);
    const inside = typeof definition['inside'] === 'string' ? definition['inside'] : namespace;
    switch (definition.type) {
      case 'record':
        return { ...required('RECORD', 'record'), fields: recordFields(definition, open) };
      case 'array':
        return arrayShape(definition['items'] as AvroSchema, inside, open);
      case 'map': {
        const key: AvroColumn = { name: 'key', ...required('STRING', 'plain') };
        const value: AvroColumn = { name: 'value', ...shape(definition['values'] as AvroSchema, inside, open) };
        return { ...required('RECORD', 'map'), mode: 'REPEATED', fields: [key, value] };
      }
      default:
        return scalarShape(definition.type as string, definition);
    }
  }

  function arrayShape(items: AvroSchema, namespace: string, open: ReadonlySet<string>): Shape {
    const element = shape(items, namespace, open);
    if (element.mode === 'REPEATED') throw unsupported('An Avro array of arrays or maps');
    return { ...element, mode: 'REPEATED', wrapped: false, wrappedElement: element.wrapped };
  }

  function unionShape(branches: readonly AvroSchema[], namespace: string, open: ReadonlySet<string>): Shape {
    const others = branches.filter(branch => branch !== 'null');
    const [only] = others;
    if (only === undefined) throw unsupported('The Avro type null');
    if (others.length === 1) {
      const element = shape(only, namespace, open);
      const nullable = branches.length > 1 && element.mode === 'REQUIRED';
      return { ...element, mode: nullable ? 'NULLABLE' : element.mode, wrapped: true };
    }
    const fields = others.map(branch => {
      const definition = resolve(branch, namespace);
      const branchName =
        typeof definition === 'string' ? definition : ((definition['fullName'] ?? definition.type) as string);
      const field = shape(branch, namespace, open);
      const mode = field.mode === 'REQUIRED' ? 'NULLABLE' : field.mode;
      return {
        ...field,
        name: `${branchName.replaceAll('.', '_')}_value`,
        mode,
        branch: branchName,
      } satisfies AvroColumn;
    });
    const mode = others.length < branches.length ? 'NULLABLE' : 'REQUIRED';
    return { ...required('RECORD', 'union'), mode, fields };
  }

  function scalarShape(type: string, definition: Readonly<Record<string, unknown>>): Shape {
    const { logicalType, sqlType, precision = 0, scale = 0 } = definition;
    const isBytes = type === 'bytes' || type === 'fixed';
    if (logicalType === 'decimal' && isBytes) {
      const target = decimalTarget(reading.decimalTargets, Number(precision), Number(scale));
      return { ...required(target, 'decimal'), scale: Number(scale) };
    }
    if (isBytes) return required('BYTES', 'bytes');
    const logical = reading.useAvroLogicalTypes ? logicalShapes[`${type}/${String(logicalType)}`] : undefined;
    if (logical) return required(logical[0], logical[1]);
    if (type === 'string' && typeof sqlType === 'string') {
      if (sqlType === 'JSON' || sqlType === 'DATETIME') return required(sqlType, 'text');
      if (sqlType !== 'STRING') throw unsupported(`The Avro attribute sqlType ${sqlType}`);
    }
    const plain = plainTypes[type];
    if (plain === undefined) throw new AvroError(`the schema names an unknown type: ${type}`);
    return required(plain, type === 'enum' ? 'enum' : 'plain');
  }
}

const required = (type: ColumnType, kind: AvroKind): Shape => ({
  type,
  kind,
  mode: 'REQUIRED',
  wrapped: false,
  wrappedElement: false,
});

const qualify = (name: string, namespace: string) =>
  name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;

const plainTypes: Readonly<Record<string, ColumnType>> = {
  boolean: 'BOOLEAN',
  int: 'INTEGER',
  long: 'INTEGER',
  float: 'FLOAT',
  double: 'FLOAT',
  string: 'STRING',
  enum: 'STRING',
};

const logicalShapes: Readonly<Record<string, readonly [ColumnType, AvroKind]>> = {
  'int/date': ['DATE', 'date'],
  'int/time-millis': ['TIME', 'time-millis'],
  'long/time-micros': ['TIME', 'time-micros'],
  'long/timestamp-millis': ['TIMESTAMP', 'timestamp-millis'],
  'long/timestamp-micros': ['TIMESTAMP', 'timestamp-micros'],
  'long/local-timestamp-millis': ['DATETIME', 'local-timestamp-millis'],
  'long/local-timestamp-micros': ['DATETIME', 'local-timestamp-micros'],
};

/** The schema of a table made from the file. */
export const columnsOfAvro = (columns: readonly AvroColumn[]): Column[] =>
  columns.map(({ name, type, mode, description, fields }) => ({
    name,
    type,
    mode,
    ...(description !== undefined && { description }),
    ...(fields && { fields: columnsOfAvro(fields) }),
  }));
