/** The parts of a writer's `DescriptorProto` that matter, as proto-loader gives them. */
export interface DescriptorProto {
  readonly name?: string | null;
  readonly field?: readonly FieldDescriptorProto[] | null;
  readonly nestedType?: readonly DescriptorProto[] | null;
  readonly enumType?: readonly EnumDescriptorProto[] | null;
}

export interface FieldDescriptorProto {
  readonly name?: string | null;
  readonly number?: number | null;
  readonly label?: string | null;
  readonly type?: string | null;
  readonly typeName?: string | null;
  readonly options?: Readonly<Record<string, unknown>> | null;
}

export interface EnumDescriptorProto {
  readonly name?: string | null;
  readonly value?: readonly { readonly name?: string | null; readonly number?: number | null }[] | null;
}

/** The column that a field writes, when its name cannot be a protobuf field's. */
const columnNameOption = '.google.cloud.bigquery.storage.v1.columnName';

export function columnNameOf(field: FieldDescriptorProto): string {
  const name = field.options?.[columnNameOption];
  return typeof name === 'string' && name !== '' ? name : (field.name ?? '');
}

/** A type's own name, without the messages and packages around it. */
export const simpleName = (typeName: string) => typeName.slice(typeName.lastIndexOf('.') + 1);
