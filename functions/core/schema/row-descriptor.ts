import { create } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';
import type { Column, ColumnType } from './column.ts';

/**
 * The message that the Storage Write API is told rows to be: self-contained, every type nested inside, and in proto2's
 * terms, since it reads rows as proto2: a field that is not on the wire is NULL. A column's field number is its place,
 * from 1.
 * See https://cloud.google.com/bigquery/docs/supported-data-types
 */
export function rowDescriptor(columns: readonly Column[], name = 'Row'): DescriptorProto {
  const taken = new Set(columns.map(column => column.name));
  const nestedType: DescriptorProto[] = [];
  const field = columns.map((column, index) => {
    const number = index + 1;
    if (column.type !== 'RECORD') return fieldOf(column, number);
    const nested = rowDescriptor(column.fields ?? [], typeName(name, number, taken));
    nestedType.push(nested);
    return fieldOf(column, number, nested.name);
  });
  return create(DescriptorProtoSchema, { name, field, nestedType });
}

/** Fields and nested types share one scope, so a type must not be called as a column is. */
function typeName(parent: string, number: number, taken: ReadonlySet<string>): string {
  let name = `${parent}_${number}`;
  while (taken.has(name)) name += '_';
  return name;
}

const types: Record<ColumnType, FieldDescriptorProto_Type> = {
  INTEGER: FieldDescriptorProto_Type.INT64,
  NUMERIC: FieldDescriptorProto_Type.STRING,
  FLOAT: FieldDescriptorProto_Type.DOUBLE,
  BOOLEAN: FieldDescriptorProto_Type.BOOL,
  STRING: FieldDescriptorProto_Type.STRING,
  BYTES: FieldDescriptorProto_Type.BYTES,
  DATE: FieldDescriptorProto_Type.INT32,
  TIMESTAMP: FieldDescriptorProto_Type.INT64,
  JSON: FieldDescriptorProto_Type.STRING,
  RECORD: FieldDescriptorProto_Type.MESSAGE,
};

function fieldOf(column: Column, number: number, messageType?: string): FieldDescriptorProto {
  return create(FieldDescriptorProtoSchema, {
    name: column.name,
    number,
    label: column.mode === 'REPEATED' ? FieldDescriptorProto_Label.REPEATED : FieldDescriptorProto_Label.OPTIONAL,
    type: types[column.type],
    ...(messageType === undefined ? {} : { typeName: messageType }),
  });
}
