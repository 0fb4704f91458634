import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { functionsManifest } from '../../../../infra/archive/manifest.ts';

const lock = { packages: { 'node_modules/a': { version: '1.2.3' }, 'node_modules/b': { version: '4.5.6' } } };

describe('the archive’s package.json and lock file', () => {
  it('list exactly the packages given, at the versions of the repository', () => {
    const { packageJson, packageLock } = functionsManifest({ dependencies: { a: '1.2.3', b: '4.5.6' } }, lock, ['b']);
    const { dependencies, scripts, main } = JSON.parse(packageJson) as Record<string, unknown>;
    assert.deepEqual(
      { dependencies, scripts, main },
      { dependencies: { b: '4.5.6' }, scripts: undefined, main: 'index.js' },
    );
    const { packages } = JSON.parse(packageLock) as { packages: Record<string, { dependencies?: unknown }> };
    assert.deepEqual(Object.keys(packages), ['', 'node_modules/b']);
    assert.deepEqual(packages['']?.dependencies, dependencies);
  });

  it('are refused for a package that the repository does not pin', () => {
    const manifest = (version?: string) => () =>
      functionsManifest({ dependencies: version === undefined ? {} : { a: version } }, lock, ['a']);
    assert.throws(manifest('^1.2.3'), /an exact version of a, and gives \^1\.2\.3/);
    assert.throws(manifest(), /an exact version of a, and gives none/);
  });
});
