import { createHash } from 'node:crypto';
import {
  clone,
  create,
  createFileRegistry,
  type DescMessage,
  type FileRegistry,
  fromBinary,
  toBinary,
} from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
  type SourceCodeInfo,
  SourceCodeInfoSchema,
} from '@bufbuild/protobuf/wkt';
import { OnrampError } from '../errors.ts';
import type { Column } from './column.ts';
import { columnsOfMessage } from './columns.ts';
import { commentOf, description } from './descriptions.ts';

/** A message type at one version, and the columns it has at rest. */
export interface Schema {
  /** Full name, such as `acme.payment.v1.PaymentEvent`. */
  readonly name: string;
  /** See `schemaVersion`. */
  readonly version: string;
  readonly message: DescMessage;
  /** Without Onramp's own, which `core/schema/metadata-columns.ts` holds. */
  readonly columns: readonly Column[];
  /** The comment on the message in its proto file. */
  readonly description?: string;
}

/**
 * The smallest descriptor set that a message needs, in canonical bytes: its file and what that imports, imports first.
 * Of the source information only the comments are kept, for they become the columns' descriptions.
 * Throws SCHEMA_MESSAGE_MISSING or SCHEMA_UNREADABLE.
 */
export function selfContained(set: FileDescriptorSet, messageName: string): Uint8Array {
  const files = new Map(set.file.map(file => [file.name, file]));
  const root = messageOf(registryOf(set), messageName).file.proto.name;
  const ordered = new Set<FileDescriptorProto>();
  const visit = (name: string): void => {
    const file = files.get(name);
    if (file === undefined) throw new OnrampError('SCHEMA_UNREADABLE', `the descriptor set lacks the import ${name}`);
    if (ordered.has(file)) return;
    for (const dependency of file.dependency) visit(dependency);
    ordered.add(file);
  };
  visit(root);
  return toBinary(FileDescriptorSetSchema, setOf([...ordered].map(file => canonicalFile(file, true))));
}

/** The first 16 hexadecimal digits of the SHA-256 of a descriptor set without its comments. */
export function schemaVersion(bytes: Uint8Array): string {
  const files = parsedSet(bytes).file.map(file => canonicalFile(file, false));
  return createHash('sha256')
    .update(toBinary(FileDescriptorSetSchema, setOf(files)))
    .digest('hex')
    .slice(0, 16);
}

/**
 * Reads what `selfContained` made. Throws SCHEMA_UNREADABLE for bytes that are no complete descriptor set,
 * SCHEMA_MESSAGE_MISSING for one without that message, and SCHEMA_TOO_WIDE.
 */
export function loadSchema(bytes: Uint8Array, name: string): Schema {
  const registry = registryOf(parsedSet(bytes));
  const message = messageOf(registry, name);
  const text = description(commentOf(message));
  return {
    name,
    version: schemaVersion(bytes),
    message,
    columns: columnsOfMessage(message),
    ...(text === undefined ? {} : { description: text }),
  };
}

const setOf = (file: FileDescriptorProto[]) => create(FileDescriptorSetSchema, { file });

function parsedSet(bytes: Uint8Array): FileDescriptorSet {
  try {
    return fromBinary(FileDescriptorSetSchema, bytes);
  } catch (cause) {
    throw new OnrampError('SCHEMA_UNREADABLE', 'the bytes are no google.protobuf.FileDescriptorSet', { cause });
  }
}

function registryOf(set: FileDescriptorSet): FileRegistry {
  try {
    const registry = createFileRegistry(set);
    for (const type of registry) {
      // A closed enum would hide the numbers that it does not know, where an open one keeps them.
      if (type.kind === 'enum') (type as { open: boolean }).open = true;
    }
    return registry;
  } catch (cause) {
    throw new OnrampError('SCHEMA_UNREADABLE', 'the descriptor set is not complete or contradicts itself', { cause });
  }
}

function messageOf(registry: FileRegistry, name: string): DescMessage {
  const message = registry.getMessage(name);
  if (message === undefined) throw new OnrampError('SCHEMA_MESSAGE_MISSING', `the descriptor set holds no ${name}`);
  return message;
}

function canonicalFile(file: FileDescriptorProto, withComments: boolean): FileDescriptorProto {
  const copy = clone(FileDescriptorProtoSchema, file);
  // Compilers add facts of their own here, such as which files they were asked for and which were only imported.
  delete copy.$unknown;
  const info = withComments && file.sourceCodeInfo !== undefined ? commentsOnly(file.sourceCodeInfo) : undefined;
  if (info === undefined) delete copy.sourceCodeInfo;
  else copy.sourceCodeInfo = info;
  return copy;
}

function commentsOnly(info: SourceCodeInfo): SourceCodeInfo | undefined {
  const location = info.location
    .filter(({ leadingComments, trailingComments }) => leadingComments !== '' || trailingComments !== '')
    .map(({ path, leadingComments, trailingComments }) => ({
      path,
      ...(leadingComments === '' ? {} : { leadingComments }),
      ...(trailingComments === '' ? {} : { trailingComments }),
    }));
  return location.length === 0 ? undefined : create(SourceCodeInfoSchema, { location });
}
