/**
 * Makes the package that services install: `npm run pack:client`. Prints where it is. Usage: pack.ts [folder]
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { buildPackage } from './build-package.ts';

const root = join(import.meta.dirname, '../..');
const destination = resolve(process.argv[2] ?? join(root, 'dist'));
const folder = mkdtempSync(join(tmpdir(), 'onramp-client-'));
try {
  for (const [name, text] of await buildPackage(root)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  mkdirSync(destination, { recursive: true });
  const file = execFileSync('npm', ['pack', folder, '--silent', '--pack-destination', destination], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.stdout.write(`${join(destination, file.trim())}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
