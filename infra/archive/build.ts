import { relative, sep } from 'node:path';
import { type BuildFailure, build, type Message } from 'esbuild';
import { clientEntriesPlugin } from './client-entries.ts';

/**
 * What the archive leaves to npm. The framework must be the one that starts the process, since it holds the registry of
 * functions; snappy is a native module, of which npm takes the build that fits the machine.
 */
export const externals = ['@google-cloud/functions-framework', 'snappy'];

/** Stack traces then name lines of the sources. It counts for what is loaded after it, hence the import(). */
const entry = `process.setSourceMapsEnabled(true);\nawait import('./functions/index.ts');\n`;

/** What a CommonJS package expects to be there, and an ES module does not have. */
const banner = [
  `import { createRequire as createRequireOfBundle } from 'node:module';`,
  'const require = createRequireOfBundle(import.meta.url);',
  'const __filename = import.meta.filename;',
  'const __dirname = import.meta.dirname;',
].join(' ');

/**
 * Bundles functions/index.ts with all that it imports: `index.js`, a chunk for each import() and for what several of
 * them share, and their source maps. The same sources give the same bytes wherever `root`, the repository, is.
 * Answers with the files' contents by name.
 */
export async function buildFunctions(root: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const { outputFiles, warnings } = await build({
    absWorkingDir: root,
    stdin: { contents: entry, resolveDir: root, sourcefile: 'index.js' },
    entryNames: 'index',
    chunkNames: '[name]-[hash]',
    // Nothing is written. Next to the sources, the source maps refer to them without a way out of the archive.
    outdir: root,
    write: false,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    banner: { js: banner },
    // Less to parse at each cold start; the source maps lead back to what was written.
    minifyWhitespace: true,
    minifySyntax: true,
    external: externals,
    plugins: [clientEntriesPlugin(root)],
    preserveSymlinks: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'silent',
  }).catch((error: unknown) => {
    throw problem((error as Partial<BuildFailure>).errors, error);
  });
  // esbuild warns of what may fail when it runs, such as a name that a package does not export.
  if (warnings.length > 0) throw problem(warnings);
  return new Map(outputFiles.map(({ path, contents }) => [relative(root, path).replaceAll(sep, '/'), contents]));
}

function problem(messages: readonly Message[] | undefined, cause?: unknown): Error {
  const lines = (messages ?? []).map(
    ({ location, text }) => `  ${location ? `${location.file}:${location.line}: ` : ''}${text}\n`,
  );
  return new Error(`the functions cannot be bundled:\n${lines.join('')}`, { cause });
}
