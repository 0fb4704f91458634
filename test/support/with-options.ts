import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileDescriptorSet } from '@bufbuild/protobuf/wkt';
import {
  type LoadOptions,
  loadSchema,
  type Schema,
  selfContained,
} from '../../functions/core/schema/descriptor-set.ts';
import { optionsFile } from '../../functions/core/schema/options.ts';
import { compileProto } from './compile-proto.ts';

/** The options that users' proto files import. */
export const optionsProto = readFileSync(join(import.meta.dirname, '../../proto', optionsFile), 'utf8');

/** Compiles messages of package `t` that use the options. */
export function compileWithOptions(body: string, options = optionsProto): FileDescriptorSet {
  const imports = ['duration', 'empty', 'field_mask', 'struct', 'timestamp', 'wrappers']
    .filter(name => body.includes(importedFrom[name] ?? ''))
    .map(name => `import "google/protobuf/${name}.proto";\n`);
  const text = `syntax = "proto3";\npackage t;\nimport "onramp/options.proto";\n${imports.join('')}${body}`;
  return compileProto({ [optionsFile]: options, 't.proto': text });
}

const importedFrom: Readonly<Record<string, string>> = {
  duration: 'protobuf.Duration',
  empty: 'protobuf.Empty',
  field_mask: 'protobuf.FieldMask',
  struct: 'protobuf.Struct',
  timestamp: 'protobuf.Timestamp',
  wrappers: 'Value ',
};

/** The schema of message `t.M`. */
export function schemaWithOptions(body: string, load: LoadOptions = {}): Schema {
  return loadSchema(selfContained(compileWithOptions(body), 't.M'), 't.M', load);
}
