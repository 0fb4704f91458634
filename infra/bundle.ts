import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { functionsManifest, type PackageJson } from './archive/manifest.ts';
import type { PackageLock } from './archive/package-lock.ts';

/** The deploy archive of the functions. */
export interface Bundle {
  readonly archive: pulumi.asset.Archive;
  /** Changes with the archive's content, and only then: unchanged functions are not deployed again. */
  readonly digest: string;
}

/** In the place of an archive where nothing is deployed. */
export const noBundle = (): Bundle => ({ archive: new pulumi.asset.AssetArchive({}), digest: '0'.repeat(16) });

/**
 * Bundles the functions of the repository `root` into a folder of `output`, which is named by its digest and so is made
 * only once.
 */
export async function bundleFunctions(root: string, output: string): Promise<Bundle> {
  const files = await archiveFiles(root);
  const digest = digestOf(files);
  const folder = join(output, `functions-${digest}`);
  if (!existsSync(folder)) {
    removeOld(output);
    writeFolder(folder, files);
  }
  return { archive: new pulumi.asset.FileArchive(folder), digest };
}

async function archiveFiles(root: string): Promise<ReadonlyMap<string, string | Uint8Array>> {
  // Loaded only here: rendering does without it.
  const { buildFunctions, externals } = await import('./archive/build.ts');
  const { packageJson, packageLock } = functionsManifest(
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageJson,
    JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as PackageLock,
    externals,
  );
  return new Map<string, string | Uint8Array>([
    ['package.json', packageJson],
    ['package-lock.json', packageLock],
    ...(await buildFunctions(root)),
  ]);
}

function digestOf(files: ReadonlyMap<string, string | Uint8Array>): string {
  const hash = createHash('sha256');
  for (const [name, content] of [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name}\n${Buffer.byteLength(content)}\n`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

/** Long enough for a deployment to have read the archive that it was given. */
const keptMillis = 24 * 60 * 60 * 1000;

/** Removes the archives of former code, one of which comes with each change. */
function removeOld(output: string): void {
  for (const folder of globSync('functions-*', { cwd: output }).map(name => join(output, name))) {
    if (statSync(folder).mtimeMs < Date.now() - keptMillis) rmSync(folder, { recursive: true, force: true });
  }
}

function writeFolder(folder: string, files: ReadonlyMap<string, string | Uint8Array>): void {
  mkdirSync(join(folder, '..'), { recursive: true });
  const unfinished = mkdtempSync(`${folder}.`);
  for (const [name, content] of files) writeFileSync(join(unfinished, name), content);
  try {
    // Renamed into place, so that nobody deploys half of it.
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    // Another process was faster, with the same content.
    if (!existsSync(folder)) throw error;
  }
}
