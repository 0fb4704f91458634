import { DuckDBListValue, DuckDBStructValue, type DuckDBValue } from '@duckdb/node-api';
import type { Column } from '../types.ts';
import { stored, ValueError } from '../values/scalar.ts';
import { columnNameOf, type DescriptorProto, type FieldDescriptorProto, simpleName } from './proto-types.ts';
import { scalarReader, Utf8Error } from './scalar-readers.ts';
import { wellKnownReader } from './well-known-readers.ts';
import { WireReader, wireType } from './wire-reader.ts';
import { WriterSchemaError } from './writer-schema-error.ts';

/** Reads a row's bytes: one value per column of the table. Throws a ValueError or a WireError. */
export type RowReader = (row: Buffer) => DuckDBValue[];

/** How one field of the writer's message becomes a column's value. */
interface FieldPlan {
  readonly column: number;
  readonly wireType: number;
  readonly repeated: boolean;
  readonly required: boolean;
  readonly path: string;
  read(reader: WireReader): DuckDBValue;
}

interface MessagePlan {
  readonly fields: ReadonlyMap<number, FieldPlan>;
  readonly columns: readonly Column[];
  readonly required: readonly { readonly column: number; readonly path: string }[];
}

/**
 * Prepares reading rows of the writer's message type into a table's columns. Fields find their column by name, in any
 * case; a column without a field stays NULL. Throws a WriterSchemaError when the two do not go together.
 *
 * `known` are the columns that the write path has heard of: a field for a newer one counts as unknown.
 */
export function rowReader(
  columns: readonly Column[],
  known: readonly Column[],
  descriptor: DescriptorProto,
): RowReader {
  const extra = extraFields(known, descriptor, '', [descriptor]);
  if (extra.length > 0) throw new WriterSchemaError('extraFields', extra);
  const plan = planMessage(columns, descriptor, '', [descriptor]);
  return row => readMessage(plan, new WireReader(row));
}

/** The descriptors around a field, outermost first: where the names of its types are looked up. */
type Scope = readonly DescriptorProto[];

function extraFields(known: readonly Column[], descriptor: DescriptorProto, path: string, scope: Scope): string[] {
  return (descriptor.field ?? []).flatMap(field => {
    const name = columnNameOf(field);
    const column = findColumn(known, name);
    if (column === undefined) return [`${path}${name}`];
    const nested = column.fields && messageType(field, scope);
    return nested ? extraFields(column.fields ?? [], nested, `${path}${name}.`, [...scope, nested]) : [];
  });
}

function planMessage(columns: readonly Column[], descriptor: DescriptorProto, path: string, scope: Scope): MessagePlan {
  const fields = new Map<number, FieldPlan>();
  for (const field of descriptor.field ?? []) {
    const index = columns.findIndex(column => sameName(column.name, columnNameOf(field)));
    const column = columns[index];
    if (column) fields.set(field.number ?? 0, planField(column, index, field, `${path}${column.name}`, scope));
  }
  const planned = [...fields.values()];
  const missing = columns
    .filter((column, index) => column.mode === 'REQUIRED' && !planned.some(field => field.column === index))
    .map(column => `${path}${column.name}`);
  if (missing.length > 0) throw new WriterSchemaError('missingRequired', missing);
  return { fields, columns, required: planned.filter(field => field.required) };
}

function planField(column: Column, index: number, field: FieldDescriptorProto, path: string, scope: Scope): FieldPlan {
  const repeated = field.label === 'LABEL_REPEATED';
  const element = planElement(column, field, path, scope);
  if (element === undefined || repeated !== (column.mode === 'REPEATED')) {
    throw new WriterSchemaError('mismatch', [
      `${simpleName(scope[0]?.name ?? '')}.${path}, the proto field type ${protoTypeName(field)}, BigQuery field type ${column.mode === 'REPEATED' ? `repeated ${column.type}` : column.type}`,
    ]);
  }
  const required = column.mode === 'REQUIRED' || field.label === 'LABEL_REQUIRED';
  return { column: index, repeated, required, path, ...element };
}

function planElement(
  column: Column,
  field: FieldDescriptorProto,
  path: string,
  scope: Scope,
): Pick<FieldPlan, 'wireType' | 'read'> | undefined {
  const type = field.type ?? '';
  if (column.fields !== undefined) {
    const nested = messageType(field, scope);
    return nested && planRecord(column.fields, nested, path, [...scope, nested]);
  }
  const scalar =
    type === 'TYPE_MESSAGE'
      ? wellKnownReader(column.type, field.typeName ?? '')
      : scalarReader(column.type, type, enumNames(field, scope));
  if (scalar === undefined) return undefined;
  const read = (reader: WireReader): DuckDBValue => {
    try {
      const value = stored(column, scalar.read(reader));
      if (value !== undefined) return value;
    } catch (error) {
      if (error instanceof Utf8Error) throw new ValueError(path, `Field ${path}: the string is not valid UTF-8.`);
      throw error;
    }
    throw new ValueError(path, `Field ${path}: the value is no ${column.type} or is out of its range.`);
  };
  return { wireType: scalar.wireType, read };
}

function planRecord(
  fields: readonly Column[],
  nested: DescriptorProto,
  path: string,
  scope: Scope,
): Pick<FieldPlan, 'wireType' | 'read'> {
  const plan = planMessage(fields, nested, `${path}.`, scope);
  return {
    wireType: wireType.bytes,
    read: reader => {
      const values = readMessage(plan, reader.delimited());
      const entries: Record<string, DuckDBValue> = {};
      for (const [index, field] of fields.entries()) entries[field.name] = values[index] ?? null;
      return new DuckDBStructValue(entries);
    },
  };
}

function readMessage(plan: MessagePlan, reader: WireReader): DuckDBValue[] {
  const lists: (DuckDBValue[] | undefined)[] = [];
  const values: (DuckDBValue | undefined)[] = [];
  while (!reader.atEnd) {
    const tag = reader.tag();
    const field = plan.fields.get(tag >>> 3);
    if (field === undefined) {
      reader.skip(tag);
    } else if ((tag & 7) === field.wireType) {
      if (field.repeated) (lists[field.column] ??= []).push(field.read(reader));
      else values[field.column] = field.read(reader);
    } else if (field.repeated && (tag & 7) === wireType.bytes) {
      const packed = reader.delimited();
      const list = (lists[field.column] ??= []);
      while (!packed.atEnd) list.push(field.read(packed));
    } else {
      reader.skip(tag);
    }
  }
  for (const { column, path } of plan.required) {
    if (values[column] === undefined)
      throw new ValueError(path, `Field ${path}: the field is required and has no value.`);
  }
  return plan.columns.map((column, index) =>
    column.mode === 'REPEATED' ? new DuckDBListValue(lists[index] ?? []) : (values[index] ?? null),
  );
}

const sameName = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

const findColumn = (columns: readonly Column[], name: string) => columns.find(column => sameName(column.name, name));

function messageType(field: FieldDescriptorProto, scope: Scope): DescriptorProto | undefined {
  if (field.type !== 'TYPE_MESSAGE') return undefined;
  return lookUp(scope, message => message.nestedType ?? [], field.typeName ?? '');
}

function enumNames(field: FieldDescriptorProto, scope: Scope): Map<bigint, string> {
  const type =
    field.type === 'TYPE_ENUM' ? lookUp(scope, message => message.enumType ?? [], field.typeName ?? '') : undefined;
  return new Map((type?.value ?? []).map(({ name, number }) => [BigInt(number ?? 0), name ?? '']));
}

/** A type's definition must be inside the root message; the innermost one of that name counts. */
function lookUp<T extends { readonly name?: string | null }>(
  scope: Scope,
  types: (message: DescriptorProto) => readonly T[],
  typeName: string,
): T | undefined {
  const name = simpleName(typeName);
  for (const message of scope.toReversed()) {
    const type = types(message).find(candidate => simpleName(candidate.name ?? '') === name);
    if (type) return type;
  }
  return undefined;
}

const protoTypeName = (field: FieldDescriptorProto) => {
  const type = (field.type ?? '').replace('TYPE_', '').toLowerCase();
  return field.label === 'LABEL_REPEATED' ? `repeated ${type}` : type;
};
