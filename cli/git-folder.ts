import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from './problems.ts';

/** What may be named where a commit may be, and is not there; and what to do. */
export interface NamedInstead {
  readonly what: string;
  readonly mend: string;
}

/**
 * Writes `paths` of the folder `root` as they were at a git revision into the folder `target`, without touching the work
 * tree or the index, and answers with the folder there that corresponds to `root`. A path that did not exist is left
 * out. Throws a UsageError when there is no such revision, which says what else could have been named, such as a file.
 */
export function checkOutRevision(
  root: string,
  revision: string,
  paths: readonly string[],
  target: string,
  other: NamedInstead,
): string {
  const git = (args: readonly string[], input?: string) =>
    execFileSync('git', ['-C', root, ...args], {
      encoding: 'utf8',
      maxBuffer: 1024 ** 3,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, GIT_INDEX_FILE: join(target, 'index') },
      ...(input !== undefined && { input }),
    });

  const commit = commitOf(git, root, revision, other);
  const prefix = git(['rev-parse', '--show-prefix']).trim();
  const top = git(['rev-parse', '--show-toplevel']).trim();
  const files = git(['ls-tree', '-r', '-z', '--name-only', '--full-name', commit, '--', ...paths]);
  git(['read-tree', commit]);
  const folder = join(target, 'files');
  mkdirSync(join(folder, prefix), { recursive: true });
  // Names are relative to the top, as they are with --full-name.
  git(['-C', top, 'checkout-index', '--stdin', '-z', `--prefix=${folder}/`], files);
  return join(folder, prefix);
}

/**
 * The commit at which the work under `root` left the first of these branches that exists. Throws a UsageError when there
 * is none.
 */
export function mergeBase(root: string, branches: readonly string[]): string {
  const base = branches.map(branch => mergeBaseWith(root, branch)).find(commit => commit !== undefined);
  if (base !== undefined) return base;
  throw new UsageError(
    `${root} has no git repository with a branch ${branches.join(' or ')}`,
    'Name the commit to compare with, with --against.',
  );
}

function mergeBaseWith(root: string, branch: string): string | undefined {
  try {
    const args = ['-C', root, 'merge-base', 'HEAD', branch];
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

function commitOf(
  git: (args: readonly string[]) => string,
  root: string,
  revision: string,
  { what, mend }: NamedInstead,
): string {
  try {
    return git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]).trim();
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new UsageError(
      missing ? 'git is not installed' : `${revision} is neither ${what} nor a commit of a git repository at ${root}`,
      mend,
    );
  }
}
