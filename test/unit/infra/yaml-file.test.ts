import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Path, parseYamlFile } from '../../../infra/config/yaml-file.ts';

const text = `a:
  list:
    - one
    - { two: 2 }
  empty:
7: seven
`;

function place(path: Path, atKey = false): string {
  const { line, column } = parseYamlFile('f.yaml', text).problemOf({ path, atKey, what: '', mend: '' });
  return `${line}:${column}`;
}

describe('the place of a finding', () => {
  it('is where its value was written', () => {
    assert.equal(place(['a', 'list', 0]), '3:7');
    assert.equal(place(['a', 'list', 1, 'two']), '4:14');
    assert.equal(place(['7']), '6:4');
  });

  it('is that of its key when the key is meant, or when it has no value', () => {
    assert.equal(place(['a', 'list', 1, 'two'], true), '4:9');
    assert.equal(place(['a', 'empty']), '5:3');
  });

  it('is around what is not there', () => {
    assert.equal(place(['a', 'list', 1, 'three']), '4:7');
    assert.equal(place(['nowhere']), '1:1');
    assert.equal(place([]), '1:1');
  });
});
