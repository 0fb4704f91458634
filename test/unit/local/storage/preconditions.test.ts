import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { demand, demandForRead, preconditionsOf } from '../../../../local/storage/preconditions.ts';

const live = { generation: 7, metageneration: 2 };
const of = (text: string) => preconditionsOf(new URLSearchParams(text));

describe('preconditions of a change', () => {
  const cases: [query: string, onLive: boolean, onNothing: boolean][] = [
    ['', true, true],
    ['ifGenerationMatch=0', false, true],
    ['ifGenerationMatch=7', true, false],
    ['ifGenerationMatch=8', false, false],
    ['ifGenerationNotMatch=0', true, false],
    ['ifGenerationNotMatch=7', false, true],
    ['ifMetagenerationMatch=2', true, false],
    ['ifMetagenerationMatch=1', false, false],
    ['ifMetagenerationNotMatch=2', false, true],
    ['ifGenerationMatch=7&ifMetagenerationMatch=1', false, false],
  ];
  for (const [query, onLive, onNothing] of cases) {
    it(`"${query}" ${onLive ? 'holds' : 'fails'} on a live version, ${onNothing ? 'holds' : 'fails'} on none`, () => {
      const holds = (state: typeof live | undefined) => {
        try {
          demand(state, of(query));
          return true;
        } catch (error) {
          assert.equal((error as { status?: number }).status, 412);
          return false;
        }
      };
      assert.equal(holds(live), onLive);
      assert.equal(holds(undefined), onNothing);
    });
  }
});

describe('preconditions of a read', () => {
  it('answer 304 when the caller has the version already, and 412 when it wants another', () => {
    assert.throws(() => demandForRead(live, of('ifGenerationNotMatch=7')), { status: 304 });
    assert.throws(() => demandForRead(live, of('ifGenerationMatch=8')), { status: 412 });
    assert.doesNotThrow(() => demandForRead(live, of('ifGenerationMatch=7&ifMetagenerationNotMatch=1')));
  });

  it('are refused unless they are whole numbers', () => {
    for (const value of ['', '-1', '1.5', 'x', '99999999999999999999']) {
      assert.throws(() => of(`ifGenerationMatch=${value}`), { status: 400, reason: 'invalidParameter' });
    }
  });
});
