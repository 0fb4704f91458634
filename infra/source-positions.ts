import type { DescriptorProto, EnumDescriptorProto, FileDescriptorSet } from '@bufbuild/protobuf/wkt';

/** Where something is declared. Lines and columns count from 1. */
export interface SourcePosition {
  /** Path from the project's root, with forward slashes. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Numbers of the fields of FileDescriptorProto, DescriptorProto and EnumDescriptorProto that a location's path names. */
const inFile = { message: 4, enum: 5 } as const;
const inMessage = { field: 2, message: 3, enum: 4 } as const;
const inEnum = { value: 2 } as const;

/**
 * Where the messages, fields, enums and their values of a descriptor set are declared, by full name; a value is named
 * after its enum, as in `shop.v1.Colour.COLOUR_RED`. The set was compiled from `proto/`, with its source information.
 */
export function sourcePositions(set: FileDescriptorSet): ReadonlyMap<string, SourcePosition> {
  const positions = new Map<string, SourcePosition>();
  for (const file of set.file) {
    const spans = new Map(file.sourceCodeInfo?.location.map(({ path, span }) => [path.join('.'), span]));
    const add = (name: string, path: readonly number[]) => {
      const [line, column] = spans.get(path.join('.')) ?? [];
      if (line === undefined || column === undefined) return;
      positions.set(name, { file: `proto/${file.name}`, line: line + 1, column: column + 1 });
    };
    const addEnum = ({ name, value }: EnumDescriptorProto, scope: string, path: readonly number[]) => {
      add(`${scope}${name}`, path);
      for (const [index, each] of value.entries()) add(`${scope}${name}.${each.name}`, [...path, inEnum.value, index]);
    };
    const addMessage = (message: DescriptorProto, scope: string, path: readonly number[]) => {
      const name = `${scope}${message.name}`;
      add(name, path);
      for (const [index, field] of message.field.entries()) {
        add(`${name}.${field.name}`, [...path, inMessage.field, index]);
      }
      for (const [index, nested] of message.nestedType.entries()) {
        addMessage(nested, `${name}.`, [...path, inMessage.message, index]);
      }
      for (const [index, each] of message.enumType.entries()) {
        addEnum(each, `${name}.`, [...path, inMessage.enum, index]);
      }
    };
    const scope = file.package === '' ? '' : `${file.package}.`;
    for (const [index, message] of file.messageType.entries()) addMessage(message, scope, [inFile.message, index]);
    for (const [index, each] of file.enumType.entries()) addEnum(each, scope, [inFile.enum, index]);
  }
  return positions;
}
