import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bucketNameProblem, objectNameProblem } from '../../../../local/storage/names.ts';

describe('bucket names', () => {
  it('may have letters, digits, hyphens, underscores and dots', () => {
    for (const name of [
      'abc',
      'a-b_c',
      '0ab',
      'www.example.com',
      'x'.repeat(63),
      `${'x'.repeat(63)}.${'y'.repeat(63)}`,
    ]) {
      assert.equal(bucketNameProblem(name), undefined, name);
    }
  });

  it('are refused for each rule they break', () => {
    const bad = [
      '',
      'ab',
      'x'.repeat(64),
      'Abc',
      '-abc',
      'abc-',
      'a..b',
      `${'x'.repeat(64)}.y`,
      '10.0.0.1',
      'googly',
      'my-google',
    ];
    for (const name of bad) assert.notEqual(bucketNameProblem(name), undefined, name);
  });
});

describe('object names', () => {
  it('are counted in bytes, not characters', () => {
    assert.equal(objectNameProblem('ä'.repeat(512)), undefined);
    assert.notEqual(objectNameProblem('ä'.repeat(513)), undefined);
  });

  it('are refused for each rule they break', () => {
    for (const name of ['', 'a\nb', 'a\rb', '.', '..', '\ud800', '.well-known/acme-challenge/x']) {
      assert.notEqual(objectNameProblem(name), undefined, JSON.stringify(name));
    }
    for (const name of ['a/./b', '/', '...', '\t', '\u0000']) assert.equal(objectNameProblem(name), undefined);
  });
});
