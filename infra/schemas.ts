import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { type DescriptorProto, type FileDescriptorSet, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { loadSchema, type Schema, selfContained } from '../functions/core/schema/descriptor-set.ts';
import type { Problem } from './config/problem.ts';

/** The message types that are declared under `proto/`. */
export interface CompiledSchemas {
  /** Full names of all messages, nested ones too, sorted. */
  readonly names: readonly string[];
  /**
   * One message with its self-contained descriptor set; undefined for a name that is not among `names`.
   * Throws an OnrampError for a message that can have no table, such as one with too many fields.
   */
  get(name: string): CompiledSchema | undefined;
}

export interface CompiledSchema {
  readonly schema: Schema;
  readonly descriptorSet: Uint8Array;
}

/**
 * Compiles `proto/` under `root` with buf, without network. What does not compile is reported with file and line, and
 * leaves `schemas` undefined.
 */
export function compileSchemas(root: string): {
  readonly schemas: CompiledSchemas | undefined;
  readonly problems: readonly Problem[];
} {
  const files = globSync('**/*.proto', { cwd: join(root, 'proto') }).map(file => file.split(sep).join('/'));
  // Without any file buf would fail; a project whose ramps have no schema is fine.
  if (files.length === 0) return { schemas: { names: [], get: () => undefined }, problems: [] };

  const buf = createRequire(import.meta.url).resolve('@bufbuild/buf/bin/buf');
  const args = [buf, 'build', '--as-file-descriptor-set', '--error-format', 'json', '-o', '-'];
  const { status, stdout, stderr, error } = spawnSync(process.execPath, args, { cwd: root, maxBuffer: 1024 ** 3 });
  if (error) throw new Error('buf could not be started', { cause: error });
  if (status !== 0) {
    const lines = `${stdout.toString()}\n${stderr.toString()}`.split('\n').filter(line => line !== '');
    return { schemas: undefined, problems: lines.map(problemOfBufError) };
  }
  return { schemas: schemasOf(fromBinary(FileDescriptorSetSchema, stdout), new Set(files)), problems: [] };
}

/** The messages of the files named; what they import from elsewhere is no schema of a ramp. */
function schemasOf(set: FileDescriptorSet, files: ReadonlySet<string>): CompiledSchemas {
  const names = set.file
    .filter(file => files.has(file.name))
    .flatMap(file => file.messageType.flatMap(message => messageNames(message, file.package)))
    .toSorted();
  const compiled = new Map<string, CompiledSchema>();
  return {
    names,
    get(name) {
      if (!names.includes(name)) return undefined;
      let found = compiled.get(name);
      if (found === undefined) {
        const descriptorSet = selfContained(set, name);
        found = { schema: loadSchema(descriptorSet, name), descriptorSet };
        compiled.set(name, found);
      }
      return found;
    },
  };
}

function messageNames(message: DescriptorProto, scope: string): string[] {
  if (message.options?.mapEntry === true) return [];
  const name = scope === '' ? message.name : `${scope}.${message.name}`;
  return [name, ...message.nestedType.flatMap(nested => messageNames(nested, name))];
}

/** One line of buf's output with `--error-format json`; what concerns no file is shown at buf's own configuration. */
function problemOfBufError(line: string): Problem {
  const mend = 'correct the proto file; `buf build` shows the same';
  try {
    const error = JSON.parse(line) as { path?: string; start_line?: number; start_column?: number; message: string };
    return {
      file: error.path ?? 'buf.yaml',
      line: error.start_line ?? 1,
      column: error.start_column ?? 1,
      what: error.message,
      mend,
    };
  } catch {
    return { file: 'buf.yaml', line: 1, column: 1, what: line, mend };
  }
}
