import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import { type FileDescriptorSet, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { loadSchema, type Schema, selfContained } from '../../functions/core/schema/descriptor-set.ts';

const buf = join(import.meta.dirname, '../../node_modules/.bin/buf');

/** Compiles proto files, given as text by their path, as the toolchain does. Throws what the compiler says of them. */
export function compileProto(files: Readonly<Record<string, string>>): FileDescriptorSet {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-proto-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const bytes = execFileSync(buf, ['build', '.', '-o', '-#format=binpb'], {
      cwd: folder,
      maxBuffer: 64 * 1024 * 1024,
    });
    return fromBinary(FileDescriptorSetSchema, bytes);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The schema of a message in one proto file, given as text. */
export function compileSchema(text: string, message: string): Schema {
  return loadSchema(selfContained(compileProto({ 'test.proto': text }), message), message);
}
