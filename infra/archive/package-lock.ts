/** The parts of a package-lock.json that matter here: see "package-lock.json" in npm’s documentation */
export interface PackageLock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

export interface LockedPackage {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/**
 * The packages of `lock` that `names` need, at the places at which they are there, each with its version and integrity.
 * Where they were downloaded from is left out: that is up to whoever installs them.
 * @throws Error when the lock file lacks a package
 */
export function lockedClosure(lock: PackageLock, names: readonly string[]): Record<string, LockedPackage> {
  /** Paths of the packages found, and whether anything needs them unconditionally. */
  const found = new Map<string, boolean>();
  const visit = (from: string, name: string, required: boolean): void => {
    const path = resolve(lock, from, name);
    if (path === undefined) {
      if (!required) return;
      throw new Error(`package-lock.json lacks ${name}, which ${from || 'package.json'} needs: run npm install`);
    }
    const before = found.get(path);
    if (before === true || before === required) return;
    found.set(path, required);
    for (const edge of dependenciesOf(lock.packages[path] ?? {})) visit(path, edge.name, required && edge.required);
  };
  for (const name of names) visit('', name, true);

  const entries = [...found].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([path, required]) => [path, portable(lock.packages[path] ?? {}, required)]));
}

/** The place of the package that `from` gets when it imports `name`: its own, or the nearest one of those around it. */
function resolve({ packages }: PackageLock, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (path in packages) return path;
    if (folder === '') return undefined;
  }
}

function dependenciesOf(locked: LockedPackage): { readonly name: string; readonly required: boolean }[] {
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = locked;
  return [
    ...Object.keys(dependencies).map(name => ({ name, required: !(name in optionalDependencies) })),
    ...Object.keys(optionalDependencies).map(name => ({ name, required: false })),
    ...Object.keys(peerDependencies).map(name => ({ name, required: peerDependenciesMeta[name]?.optional !== true })),
  ];
}

/** A package without what was true of it in the whole lock file only. */
function portable(locked: LockedPackage, required: boolean): LockedPackage {
  const dropped = ['resolved', 'dev', 'devOptional', 'optional', 'peer'];
  const kept = Object.entries(locked).filter(([key]) => !dropped.includes(key));
  return { ...(Object.fromEntries(kept) as LockedPackage), ...(!required && { optional: true }) };
}
