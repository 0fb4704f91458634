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
import type { PiiClasses } from '../catalogue.ts';
import { OnrampError } from '../errors.ts';
import type { Column } from './column.ts';
import { columnsOfMessage } from './columns.ts';
import { commentOf, description } from './descriptions.ts';
import { messageOptions } from './options.ts';
import { pinnedColumns } from './pins.ts';
import type { ColumnPins } from './schema-index.ts';
import { versionOf } from './schema-version.ts';

/** A message type at one version, and the columns it has at rest. */
export interface Schema {
  /** Full name, such as `acme.payment.v1.PaymentEvent`. */
  readonly name: string;
  /** See `schemaVersion`. */
  readonly version: string;
  readonly message: DescMessage;
  /** Without Onramp's own, which `core/schema/metadata-columns.ts` holds. */
  readonly columns: readonly Column[];
  /** What the message's options say, or else the comment on it in its proto file. */
  readonly description?: string;
  /** The layout that the message's options ask for, where service.yaml does not. */
  readonly layout: TableLayout;
}

/** Columns to partition a table by, by day, and to cluster it by. */
export interface TableLayout {
  readonly partitionBy?: string;
  readonly clusterBy?: readonly string[];
}

/** What is known of a schema beside its descriptor set. */
export interface LoadOptions {
  /** The columns that its fields were given by earlier versions; see `core/schema/pins.ts`. */
  readonly pins?: ColumnPins | undefined;
  /** The classes of personal data. Those that are not described are masked by HMAC. */
  readonly pii?: PiiClasses | undefined;
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
  return toBinary(FileDescriptorSetSchema, setOf([...ordered].map(file => canonicalFile(file))));
}

/** The version of a descriptor set that `selfContained` made; see `versionOf`. Throws SCHEMA_UNREADABLE. */
export function schemaVersion(bytes: Uint8Array): string {
  const set = parsedSet(bytes);
  try {
    return versionOf(set);
  } catch (cause) {
    throw new OnrampError('SCHEMA_UNREADABLE', 'the descriptor set is not complete or contradicts itself', { cause });
  }
}

/**
 * Reads what `selfContained` made. Throws SCHEMA_UNREADABLE for bytes that are no complete descriptor set,
 * SCHEMA_MESSAGE_MISSING for one without that message, and SCHEMA_TOO_WIDE.
 */
export function loadSchema(bytes: Uint8Array, name: string, { pins, pii }: LoadOptions = {}): Schema {
  const registry = registryOf(parsedSet(bytes));
  const message = messageOf(registry, name);
  const options = messageOptions(message);
  const text = description(options.description ?? commentOf(message));
  const columns = columnsOfMessage(message, pii);
  return {
    name,
    version: schemaVersion(bytes),
    message,
    columns: pins === undefined ? columns : pinnedColumns(columns, pins),
    ...(text === undefined ? {} : { description: text }),
    layout: {
      ...(options.partitionBy === undefined ? {} : { partitionBy: options.partitionBy }),
      ...(options.clusterBy === undefined ? {} : { clusterBy: options.clusterBy }),
    },
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

/** Of a whole proto tree, each message asks for it. */
const registries = new WeakMap<FileDescriptorSet, FileRegistry>();

function registryOf(set: FileDescriptorSet): FileRegistry {
  let registry = registries.get(set);
  if (registry === undefined) {
    registry = makeRegistry(set);
    registries.set(set, registry);
  }
  return registry;
}

function makeRegistry(set: FileDescriptorSet): FileRegistry {
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

function canonicalFile(file: FileDescriptorProto): FileDescriptorProto {
  const copy = clone(FileDescriptorProtoSchema, file);
  // Compilers add facts of their own here, such as which files they were asked for and which were only imported.
  delete copy.$unknown;
  const info = file.sourceCodeInfo === undefined ? undefined : commentsOnly(file.sourceCodeInfo);
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
