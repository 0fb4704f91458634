import { createHash } from 'node:crypto';
import {
  clone,
  create,
  createFileRegistry,
  type DescExtension,
  type DescField,
  type DescMessage,
  type FileRegistry,
  getExtension,
  hasExtension,
  isMessage,
  type Message,
  setExtension,
  toBinary,
} from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  EnumOptionsSchema,
  EnumValueOptionsSchema,
  ExtensionRangeOptionsSchema,
  FieldOptions_OptionRetention,
  FieldOptionsSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
  FileOptionsSchema,
  MessageOptionsSchema,
  MethodOptionsSchema,
  OneofOptionsSchema,
  ServiceOptionsSchema,
} from '@bufbuild/protobuf/wkt';
import { optionsFile } from './options.ts';

/**
 * The first 16 hexadecimal digits of the SHA-256 of what a descriptor set says of bytes and columns. A publisher that has
 * nothing but generated code must arrive at the version that the registry gave the compiler's output, so that all is
 * left out in which the two differ:
 * - comments, and facts that compilers add for themselves;
 * - the content of `google/protobuf/*.proto`, which every runtime brings along in an edition of its own, and of Onramp's
 *   options, which may grow without any schema that uses them being another;
 * - options for the source only (`retention = RETENTION_SOURCE`), which code generators are not given:
 *   https://protobuf.dev/programming-guides/proto3/#option-retention
 * - options for one language's generator (`java_package` and the like), which buf's managed mode rewrites:
 *   https://buf.build/docs/generate/managed-mode/
 */
export function versionOf(set: FileDescriptorSet): string {
  const extensions = extensionsOf(set);
  const files = set.file.map(file => essence(file, extensions));
  return createHash('sha256')
    .update(toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: files })))
    .digest('hex')
    .slice(0, 16);
}

/** Extensions of options by the full name of the message that they extend. */
type Extensions = ReadonlyMap<string, readonly DescExtension[]>;

function extensionsOf(set: FileDescriptorSet): Extensions {
  const declares = (message: DescriptorProto): boolean =>
    message.extension.length > 0 || message.nestedType.some(declares);
  const found = new Map<string, DescExtension[]>();
  if (!set.file.some(file => file.extension.length > 0 || file.messageType.some(declares))) return found;
  const registry: FileRegistry = createFileRegistry(set);
  for (const type of registry) {
    if (type.kind !== 'extension') continue;
    found.set(type.extendee.typeName, [...(found.get(type.extendee.typeName) ?? []), type]);
  }
  return found;
}

function essence(file: FileDescriptorProto, extensions: Extensions): FileDescriptorProto {
  if (file.name === optionsFile || file.name.startsWith('google/protobuf/'))
    return create(FileDescriptorProtoSchema, { name: file.name });
  const copy = clone(FileDescriptorProtoSchema, file);
  delete copy.$unknown;
  delete copy.sourceCodeInfo;
  reduce(copy, FileOptionsSchema, extensions, forGenerators);
  for (const message of copy.messageType) reduceMessage(message, extensions);
  for (const each of copy.enumType) reduceEnum(each, extensions);
  for (const field of copy.extension) reduce(field, FieldOptionsSchema, extensions, forGenerators);
  for (const service of copy.service) {
    reduce(service, ServiceOptionsSchema, extensions);
    for (const method of service.method) reduce(method, MethodOptionsSchema, extensions);
  }
  return copy;
}

function reduceMessage(message: DescriptorProto, extensions: Extensions): void {
  reduce(message, MessageOptionsSchema, extensions);
  for (const field of [...message.field, ...message.extension]) {
    reduce(field, FieldOptionsSchema, extensions, forGenerators);
  }
  for (const oneof of message.oneofDecl) reduce(oneof, OneofOptionsSchema, extensions);
  for (const range of message.extensionRange) reduce(range, ExtensionRangeOptionsSchema, extensions);
  for (const nested of message.nestedType) reduceMessage(nested, extensions);
  for (const each of message.enumType) reduceEnum(each, extensions);
}

function reduceEnum(each: EnumDescriptorProto, extensions: Extensions): void {
  reduce(each, EnumOptionsSchema, extensions);
  for (const value of each.value) reduce(value, EnumValueOptionsSchema, extensions);
}

/** Options that concern the code that is generated for one language, and neither bytes nor columns. */
const forGenerators: ReadonlySet<string> = new Set([
  ...['java_package', 'java_outer_classname', 'java_multiple_files', 'java_generate_equals_and_hash'],
  ...['java_string_check_utf8', 'java_generic_services', 'cc_generic_services', 'py_generic_services'],
  ...['cc_enable_arenas', 'optimize_for', 'go_package', 'objc_class_prefix', 'csharp_namespace', 'swift_prefix'],
  ...['php_class_prefix', 'php_namespace', 'php_metadata_namespace', 'ruby_package'],
  ...['ctype', 'jstype', 'lazy', 'unverified_lazy'],
]);

const nothing: ReadonlySet<string> = new Set();

/** Leaves of a declaration's options what counts; options of which nothing is left are as if there had been none. */
function reduce(
  holder: { options?: Message | undefined },
  schema: DescMessage,
  extensions: Extensions,
  without: ReadonlySet<string> = nothing,
): void {
  const { options } = holder;
  if (options === undefined) return;
  reduceMessageValue(reflect(schema, options), without);
  for (const extension of extensions.get(schema.typeName) ?? []) {
    if (!hasExtension(options, extension)) continue;
    const value: unknown = getExtension(options, extension);
    if (isForSource(extension)) {
      options.$unknown = options.$unknown?.filter(({ no }) => no !== extension.number) ?? [];
      continue;
    }
    if (extension.message !== undefined) {
      for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) {
        if (isMessage(each, extension.message)) reduceMessageValue(reflect(extension.message, each), nothing);
      }
    }
    // Compilers may write the same value in other bytes, such as a message's fields one by one.
    setExtension(options, extension, value as never);
  }
  options.$unknown?.sort((a, b) => a.no - b.no);
  if (toBinary(schema, options).length === 0) delete holder.options;
}

function reduceMessageValue(message: ReflectMessage, without: ReadonlySet<string>): void {
  for (const field of message.fields) {
    if (!message.isSet(field)) continue;
    if (isForSource(field) || without.has(field.name)) message.clear(field);
    else for (const inner of messagesIn(message, field)) reduceMessageValue(inner, nothing);
  }
}

function messagesIn(message: ReflectMessage, field: DescField): ReflectMessage[] {
  if (field.fieldKind === 'message') return [message.get(field)];
  if (field.fieldKind === 'list' && field.listKind === 'message') return [...message.get(field)] as ReflectMessage[];
  if (field.fieldKind === 'map' && field.mapKind === 'message') {
    return [...message.get(field).values()] as ReflectMessage[];
  }
  return [];
}

const isForSource = ({ proto }: DescField | DescExtension): boolean =>
  proto.options?.retention === FieldOptions_OptionRetention.RETENTION_SOURCE;
