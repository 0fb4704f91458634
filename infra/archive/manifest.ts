import { lockedClosure, type PackageLock } from './package-lock.ts';

/** The part of a package.json that matters here. */
export interface PackageJson {
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** The archive's package.json and package-lock.json. */
export interface Manifest {
  readonly packageJson: string;
  readonly packageLock: string;
}

const name = 'onramp-functions';
const exactVersion = /^\d+\.\d+\.\d+(-[\w.-]+)?$/;

/**
 * What npm installs for the archive: the packages given and what they need, at the versions of the repository.
 * There are no scripts, since Google's builder would run some of them:
 * https://cloud.google.com/docs/buildpacks/nodejs
 */
export function functionsManifest(repository: PackageJson, lock: PackageLock, packages: readonly string[]): Manifest {
  const dependencies = Object.fromEntries(
    packages.toSorted().map(dependency => {
      const version = repository.dependencies?.[dependency] ?? 'none';
      if (!exactVersion.test(version)) {
        throw new Error(`package.json must give an exact version of ${dependency}, and gives ${version}`);
      }
      return [dependency, version] as const;
    }),
  );
  const engines = { node: '24.x' };
  const packageJson = { name, private: true, type: 'module', main: 'index.js', engines, dependencies };
  const packageLock = {
    name,
    lockfileVersion: 3,
    requires: true,
    packages: { '': { name, dependencies, engines }, ...lockedClosure(lock, packages) },
  };
  return { packageJson: json(packageJson), packageLock: json(packageLock) };
}

const json = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;
