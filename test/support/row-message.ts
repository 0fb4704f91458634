import { create, createFileRegistry, type DescMessage } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  FieldDescriptorProto_Type,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';

/** Makes a message type of a row descriptor, as the server of the Storage Write API does. */
export function rowMessage(descriptor: DescriptorProto): DescMessage {
  const file = create(FileDescriptorProtoSchema, {
    name: 'row.proto',
    syntax: 'proto2',
    messageType: [qualified(descriptor, `.${descriptor.name}`)],
  });
  const message = createFileRegistry(create(FileDescriptorSetSchema, { file: [file] })).getMessage(descriptor.name);
  if (message === undefined) throw new Error('the descriptor is no message');
  return message;
}

/** Type names in a row descriptor are relative to where they are used; the runtime wants them in full. */
function qualified(descriptor: DescriptorProto, fullName: string): DescriptorProto {
  return {
    ...descriptor,
    field: descriptor.field.map(field =>
      field.type === FieldDescriptorProto_Type.MESSAGE
        ? { ...field, typeName: `${fullName}.${field.typeName}` }
        : field,
    ),
    nestedType: descriptor.nestedType.map(nested => qualified(nested, `${fullName}.${nested.name}`)),
  };
}
