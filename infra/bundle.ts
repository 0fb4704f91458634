import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';

/** The deploy archive of the functions. */
export interface Bundle {
  readonly archive: pulumi.asset.Archive;
  /** Changes with the archive's content, and only then. */
  readonly digest: string;
}

interface PackageJson {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/**
 * The functions' sources as they are, which Node.js 24 runs without a build, and a package.json with exactly the
 * packages that they import. Google's builder installs those: their own dependencies are not locked.
 * `root` is the folder of this repository.
 */
export function bundleFunctions(root: string): Bundle {
  const files = globSync('functions/**/*.ts', { cwd: root }).toSorted();
  const sources = files.map(file => readFileSync(join(root, file), 'utf8'));
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageJson;
  const packageJson = functionsPackage(importedPackages(sources), manifest);

  const hash = createHash('sha256').update(packageJson);
  for (const [index, file] of files.entries()) hash.update(`\n${file}\n${sources[index] ?? ''}`);
  return {
    archive: new pulumi.asset.AssetArchive({
      'package.json': new pulumi.asset.StringAsset(packageJson),
      functions: new pulumi.asset.FileArchive(join(root, 'functions')),
    }),
    digest: hash.digest('hex').slice(0, 16),
  };
}

/** Names of the packages that sources import, sorted. */
export function importedPackages(sources: readonly string[]): string[] {
  const specifiers = sources.flatMap(source =>
    [...source.matchAll(/(?:\bfrom|\bimport\(|\bimport) ?'([^']+)'/g)].map(match => match[1] ?? ''),
  );
  const packages = specifiers
    .filter(specifier => !specifier.startsWith('.') && !specifier.startsWith('node:'))
    .map(specifier => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'));
  return [...new Set(packages)].toSorted();
}

/**
 * The archive's package.json. It has no scripts, since the builder would run some of them:
 * https://cloud.google.com/docs/buildpacks/nodejs
 */
export function functionsPackage(packages: readonly string[], manifest: PackageJson): string {
  const versions: Readonly<Record<string, string>> = { ...manifest.devDependencies, ...manifest.dependencies };
  const dependencies = packages.map(name => {
    const version = versions[name];
    if (version === undefined) throw new Error(`the functions import ${name}, which package.json does not list`);
    return [name, version];
  });
  const content = {
    name: 'onramp-functions',
    private: true,
    type: 'module',
    main: 'functions/index.ts',
    engines: { node: '24.x' },
    dependencies: Object.fromEntries(dependencies) as Record<string, string>,
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}
