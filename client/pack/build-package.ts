import { readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { build } from 'esbuild';
import ts from 'typescript';

/** Loaded at run time from where npm installs them; generated code must share the protobuf runtime with the library. */
const dependencies = ['@google-cloud/pubsub', '@grpc/grpc-js'];
const peerDependencies = ['@bufbuild/protobuf'];

interface Manifest {
  readonly version: string;
  readonly license: string;
  readonly description: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

/**
 * The files of the package that services install, by name: JavaScript for Node 20, type declarations, a manifest that
 * names nothing but what the library needs, and the licence. `root` is the repository.
 */
export async function buildPackage(root: string): Promise<ReadonlyMap<string, string>> {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
  return new Map([
    ['package.json', `${JSON.stringify(packageManifest(manifest), null, 2)}\n`],
    ['README.md', readFileSync(join(root, 'client/README.md'), 'utf8')],
    ['LICENSE', readFileSync(join(root, 'LICENSE'), 'utf8')],
    ['client/index.js', await bundle(root)],
    ...declarations(root),
  ]);
}

function packageManifest({ version, license, dependencies: versions }: Manifest): object {
  const ranges = (names: readonly string[]) =>
    Object.fromEntries(names.map(name => [name, `^${versions[name] ?? ''}`]));
  return {
    name: 'onramp',
    version,
    description: 'Publishes on the ramps of an Onramp data pipeline.',
    license,
    type: 'module',
    engines: { node: '>=20.15' },
    exports: { './client': { types: './client/index.d.ts', default: './client/index.js' } },
    dependencies: ranges(dependencies),
    peerDependencies: ranges(peerDependencies),
  };
}

async function bundle(root: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['client/index.ts'],
    write: false,
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

/** The declarations that `client/index.d.ts` leads to, each under its source's name. */
function declarations(root: string): [string, string][] {
  const entry = join(root, 'client/index.ts');
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, 'tsconfig.json'), path => readFileSync(path, 'utf8')).config,
    ts.sys,
    root,
  );
  const program = ts.createProgram([entry], {
    ...options,
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
  });
  const emitted = new Map<string, string>();
  const { emitSkipped } = program.emit(undefined, (path, text) => emitted.set(path, text));
  if (emitSkipped) throw new Error('the declarations of client/index.ts could not be made');
  const found = new Map<string, string>();
  const visit = (path: string): void => {
    const text = emitted.get(path);
    if (text === undefined || found.has(path)) return;
    found.set(path, text.replaceAll(/(from '\.[^']*)\.ts'/g, "$1.js'"));
    for (const [, imported = ''] of text.matchAll(/from '(\.[^']*)\.ts'/g))
      visit(join(dirname(path), `${imported}.d.ts`));
  };
  visit(entry.replace(/\.ts$/, '.d.ts'));
  return [...found].map(([path, text]) => [relative(root, path).replaceAll(sep, '/'), text]);
}
