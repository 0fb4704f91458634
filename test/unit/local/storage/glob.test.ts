import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { globPattern } from '../../../../local/storage/glob.ts';

describe('a glob', () => {
  const cases: [glob: string, matching: string[], other: string[]][] = [
    ['*.avro', ['a.avro', '.avro'], ['a/b.avro', 'a.avro.tmp', 'aXavro']],
    ['**.avro', ['a.avro', 'a/b/c.avro'], ['a.avr']],
    ['a/**/c', ['a/b/c', 'a/b/b/c'], ['a/c/d']],
    ['a?c', ['abc', 'a🎉c'], ['ac', 'a/c']],
    ['[a-c]1', ['a1', 'c1'], ['d1', '-1']],
    ['[!a-c]1', ['d1'], ['a1']],
    ['{one,two/*}.x', ['one.x', 'two/y.x'], ['three.x', 'one,two.x']],
    ['a\\*b', ['a*b'], ['axb']],
    ['ramp=a.b/(1)+', ['ramp=a.b/(1)+'], ['ramp=axb/(1)+', 'ramp=a.b/11']],
    ['a,b}', ['a,b}'], ['a']],
  ];
  for (const [glob, matching, other] of cases) {
    it(`${glob} matches whole names, and those only`, () => {
      for (const name of matching) assert.ok(globPattern(glob).test(name), name);
      for (const name of other) assert.ok(!globPattern(glob).test(name), name);
    });
  }

  it('is refused when a brace is open or a class is the wrong way round', () => {
    assert.throws(() => globPattern('{a,b'), { status: 400 });
    assert.throws(() => globPattern('[z-a]'), { status: 400 });
  });
});
