import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { bundleFunctions, functionsPackage, importedPackages } from '../../../infra/bundle.ts';

const root = join(import.meta.dirname, '../../..');

describe('the functions’ archive', () => {
  it('lists the packages that the sources import, however they do', () => {
    const sources = [
      "import { a } from '@scope/name';\nimport b from 'plain/deep/path';\nimport 'side-effect';",
      "const c = await import('@scope/later/sub');\nimport { readFile } from 'node:fs';\nexport * from './near.ts';",
    ];
    assert.deepEqual(importedPackages(sources), ['@scope/later', '@scope/name', 'plain', 'side-effect']);
  });

  it('has a package.json with exactly those, at the versions of the repository', () => {
    const text = functionsPackage(['a', 'b'], {
      dependencies: { a: '1.2.3', c: '9.0.0' },
      devDependencies: { b: '4.5.6' },
    });
    const { dependencies, scripts } = JSON.parse(text) as Record<string, unknown>;
    assert.deepEqual(dependencies, { a: '1.2.3', b: '4.5.6' });
    assert.equal(scripts, undefined);
    assert.throws(() => functionsPackage(['d'], {}), /import d, which package.json does not list/);
  });

  it('pins every package that the functions import, functions-framework among them', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >;
    assert.match({ ...devDependencies, ...dependencies }['@google-cloud/functions-framework'] ?? '', /^\d+\.\d+\.\d+$/);
    assert.match(bundleFunctions(root).digest, /^[0-9a-f]{16}$/);
    assert.equal(bundleFunctions(root).digest, bundleFunctions(root).digest);
  });
});
