import {
  create,
  createFileRegistry,
  type DescFile,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  toBinary,
} from '@bufbuild/protobuf';
import { type FileDescriptorProto, type FileDescriptorSet, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { OnrampError } from '../../functions/core/errors.ts';
import { schemaVersion, selfContained } from '../../functions/core/schema/descriptor-set.ts';
import { messageOfObject } from './message-of-object.ts';

/** What a ramp knows of its messages: their type, the version that they claim, and how to make bytes of them. */
export interface MessageSchema<Shape> {
  readonly name: string;
  /** The same that the registry gives the same proto files. */
  readonly version: string;
  readonly message: DescMessage;
  /** @throws OnrampError PUBLISH_MESSAGE_INVALID */
  readonly encode: (message: Shape) => Uint8Array;
}

/** A message as a plain object, checked when it is published; see `dynamicSchema`. */
export type DynamicMessage = Readonly<Record<string, unknown>>;

/** A message type that is known only when the program runs. */
export class DynamicSchema implements MessageSchema<DynamicMessage> {
  readonly name: string;
  readonly version: string;
  readonly message: DescMessage;

  constructor(name: string, version: string, message: DescMessage) {
    this.name = name;
    this.version = version;
    this.message = message;
  }

  encode(message: DynamicMessage): Uint8Array {
    return encoded(this.message, messageOfObject(this.message, message));
  }
}

/**
 * A schema out of a descriptor set, such as `buf build --as-file-descriptor-set` writes or the registry holds. Messages
 * are then plain objects: fields by their name in the proto file or in JSON; 64-bit integers as bigint, number or text;
 * enums by name or number; bytes as Uint8Array; `Timestamp` as Date; other well-known types also in their JSON form.
 * @param name full name of the message, such as `payment.v1.PaymentEvent`
 * @throws OnrampError SCHEMA_UNREADABLE, SCHEMA_MESSAGE_MISSING
 */
export function dynamicSchema(descriptorSet: Uint8Array, name: string): DynamicSchema {
  let set: FileDescriptorSet;
  try {
    set = fromBinary(FileDescriptorSetSchema, descriptorSet);
  } catch (cause) {
    throw new OnrampError('SCHEMA_UNREADABLE', 'the bytes are no google.protobuf.FileDescriptorSet', { cause });
  }
  const version = schemaVersion(selfContained(set, name));
  const message = createFileRegistry(set).getMessage(name);
  if (message === undefined) throw new OnrampError('SCHEMA_MESSAGE_MISSING', `the descriptor set holds no ${name}`);
  return new DynamicSchema(name, version, message);
}

/** A schema out of code that protoc-gen-es generated. */
export function generatedSchema<Desc extends DescMessage>(message: Desc): MessageSchema<MessageInitShape<Desc>> {
  const file = [...filesOf(message.file)];
  const set = create(FileDescriptorSetSchema, { file });
  return {
    name: message.typeName,
    version: schemaVersion(selfContained(set, message.typeName)),
    message,
    encode: init => encoded(message, create(message, init)),
  };
}

function filesOf(file: DescFile, found = new Set<FileDescriptorProto>()): Set<FileDescriptorProto> {
  for (const dependency of file.dependencies) filesOf(dependency, found);
  return found.add(file.proto);
}

function encoded<Desc extends DescMessage>(schema: Desc, message: ReturnType<typeof create<Desc>>): Uint8Array {
  try {
    return toBinary(schema, message);
  } catch (cause) {
    const detail = `${schema.typeName}: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new OnrampError('PUBLISH_MESSAGE_INVALID', detail, { cause });
  }
}
