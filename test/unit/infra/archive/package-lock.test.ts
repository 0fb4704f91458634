import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lockedClosure } from '../../../../infra/archive/package-lock.ts';

const lock = {
  packages: {
    '': { dependencies: { a: '1.0.0', unused: '1.0.0' } },
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a', dependencies: { b: '^2.0.0' }, dev: true },
    'node_modules/a/node_modules/b': { version: '2.0.0', dependencies: { c: '*' }, resolved: 'somewhere' },
    'node_modules/b': { version: '1.0.0' },
    'node_modules/c': { version: '1.0.0', dependencies: { a: '1.0.0' } },
    'node_modules/native': {
      version: '1.0.0',
      optionalDependencies: { 'native-linux': '1.0.0', 'native-lost': '1.0.0' },
    },
    'node_modules/native-linux': { version: '1.0.0', optional: true, os: ['linux'], dependencies: { d: '*' } },
    'node_modules/d': { version: '1.0.0', devOptional: true },
    'node_modules/with-peers': {
      version: '1.0.0',
      peerDependencies: { b: '1.0.0', absent: '*' },
      peerDependenciesMeta: { absent: { optional: true } },
    },
    'node_modules/broken': { version: '1.0.0', dependencies: { lost: '*' } },
    'node_modules/unused': { version: '1.0.0' },
  },
};
const pathsFor = (...names: string[]) => Object.keys(lockedClosure(lock, names));

describe('the packages of a lock file that others need', () => {
  it('are those that Node would find: the nearest around the one that imports them', () => {
    assert.deepEqual(pathsFor('a'), ['node_modules/a', 'node_modules/a/node_modules/b', 'node_modules/c']);
  });

  it('keep their integrity, and lose what was true in the whole lock file only', () => {
    const { 'node_modules/a': a, 'node_modules/a/node_modules/b': b } = lockedClosure(lock, ['a']);
    assert.deepEqual(a, { version: '1.0.0', integrity: 'sha512-a', dependencies: { b: '^2.0.0' } });
    assert.deepEqual(b, { version: '2.0.0', dependencies: { c: '*' } });
  });

  it('are optional where nothing needs them unconditionally', () => {
    const native = lockedClosure(lock, ['native']);
    assert.deepEqual(native['node_modules/native-linux'], {
      version: '1.0.0',
      os: ['linux'],
      dependencies: { d: '*' },
      optional: true,
    });
    assert.deepEqual(native['node_modules/d'], { version: '1.0.0', optional: true });
    assert.deepEqual(lockedClosure(lock, ['native', 'd'])['node_modules/d'], { version: '1.0.0' });
  });

  it('are peers, too, but for those that may be absent', () => {
    assert.deepEqual(pathsFor('with-peers'), ['node_modules/b', 'node_modules/with-peers']);
  });

  it('must all be there', () => {
    assert.throws(
      () => lockedClosure(lock, ['broken']),
      /package-lock\.json lacks lost, which node_modules\/broken needs/,
    );
    assert.throws(() => lockedClosure(lock, ['nowhere']), /lacks nowhere, which package\.json needs: run npm install/);
  });
});
