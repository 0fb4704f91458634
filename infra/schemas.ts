import { globSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { type DescriptorProto, type FileDescriptorSet, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type { PiiClasses } from '../functions/core/catalogue.ts';
import { loadSchema, type Schema, selfContained } from '../functions/core/schema/descriptor-set.ts';
import { optionsFile } from '../functions/core/schema/options.ts';
import { type BufMessage, runBuf } from './buf.ts';
import type { Problem } from './config/problem.ts';
import { optionFindings } from './option-findings.ts';
import { type SourcePosition, sourcePositions } from './source-positions.ts';

/** The message types that are declared under `proto/`. */
export interface CompiledSchemas {
  /** Full names of all messages, nested ones too, sorted. */
  readonly names: readonly string[];
  /**
   * One message with its self-contained descriptor set; undefined for a name that is not among `names`.
   * Throws an OnrampError for a message that can have no table, such as one with too many fields.
   */
  get(name: string): CompiledSchema | undefined;
  /** Where a message, a field, an enum or a value of one is declared; see `sourcePositions`. */
  position(name: string): SourcePosition | undefined;
}

export interface CompiledSchema {
  readonly schema: Schema;
  readonly descriptorSet: Uint8Array;
}

/**
 * Compiles `proto/` under `root` with buf, without network. What does not compile is reported with file and line, and
 * leaves `schemas` undefined; so is every option with a value that it cannot have. `pii` says how classes of personal data are masked; see `readPii`.
 */
export function compileSchemas(
  root: string,
  pii?: PiiClasses,
): {
  readonly schemas: CompiledSchemas | undefined;
  readonly problems: readonly Problem[];
} {
  const files = globSync('**/*.proto', { cwd: join(root, 'proto') }).map(file => file.split(sep).join('/'));
  // Without any file buf would fail; a project whose ramps have no schema is fine.
  if (files.length === 0)
    return { schemas: { names: [], get: () => undefined, position: () => undefined }, problems: [] };

  const { output, messages } = runBuf(root, ['build', '--as-file-descriptor-set', '-o', '-']);
  if (output === undefined)
    return { schemas: undefined, problems: messages.map(message => compileProblem(root, message)) };
  const set = fromBinary(FileDescriptorSetSchema, output);
  const schemas = schemasOf(set, new Set(files), pii);
  const registry = createFileRegistry(set);
  return { schemas, problems: optionFindings(schemas, name => registry.getMessage(name), pii) };
}

/** The messages of the files named, but for the options; what they import from elsewhere is no schema of a ramp. */
function schemasOf(set: FileDescriptorSet, files: ReadonlySet<string>, pii: PiiClasses | undefined): CompiledSchemas {
  const names = set.file
    .filter(file => files.has(file.name) && file.name !== optionsFile)
    .flatMap(file => file.messageType.flatMap(message => messageNames(message, file.package)))
    .toSorted();
  const compiled = new Map<string, CompiledSchema>();
  let positions: ReadonlyMap<string, SourcePosition> | undefined;
  return {
    names,
    get(name) {
      if (!names.includes(name)) return undefined;
      let found = compiled.get(name);
      if (found === undefined) {
        const descriptorSet = selfContained(set, name);
        found = { schema: loadSchema(descriptorSet, name, pii === undefined ? {} : { pii }), descriptorSet };
        compiled.set(name, found);
      }
      return found;
    },
    position(name) {
      positions ??= sourcePositions(set);
      return positions.get(name);
    },
  };
}

function messageNames(message: DescriptorProto, scope: string): string[] {
  if (message.options?.mapEntry === true) return [];
  const name = scope === '' ? message.name : `${scope}.${message.name}`;
  return [name, ...message.nestedType.flatMap(nested => messageNames(nested, name))];
}

/** What concerns no file is shown at buf's own configuration. */
function compileProblem(root: string, { file, line, column, text }: BufMessage): Problem {
  const at = { file: file ?? 'buf.yaml', line, column };
  if (file !== undefined && text === 'imported file does not exist') {
    const source = readFileSync(join(root, file), 'utf8').split('\n')[line - 1] ?? '';
    const imported = /["'](.+)["']/.exec(source)?.[1];
    if (imported !== undefined)
      return {
        ...at,
        what: `the imported file ${imported} does not exist`,
        mend: `put it at proto/${imported}, or correct the import`,
      };
  }
  if (/^cannot find `onramp\.(field|message)` in this scope$/.test(text)) {
    return { ...at, what: text, mend: `write import "${optionsFile}"; at the top of the file` };
  }
  return { ...at, what: text, mend: 'correct the proto file; `buf build` shows the same' };
}
