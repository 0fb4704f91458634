import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { tokens } from '../../../../../local/bigquery/sql/lexer.ts';
import { prepare } from '../../../../../local/bigquery/sql/prepare.ts';

describe('preparing GoogleSQL for the parser', () => {
  for (const [googleSql, expected] of [
    ['SELECT a-b, t.c-1*2 FROM my-proj.d.t, my-p.d.u', 'SELECT a -b, t.c -1*2 FROM my-proj.d.t, my-p.d.u'],
    [
      'SELECT 1 FROM t JOIN a-b.c.d ON x-y = 1 WHERE p-q > 0',
      'SELECT 1 FROM t JOIN a-b.c.d ON x -y = 1 WHERE p -q > 0',
    ],
    ['SELECT (SELECT x-1 FROM (my-p.d.t)), @p-1', 'SELECT (SELECT x -1 FROM (my-p.d.t)), @p -1'],
    ["SELECT 'a-b', `a-b`, x--y-z\n", "SELECT 'a-b', `a-b`, x--y-z\n"],
    ["EXTRACT(DAY FROM t-u AT TIME ZONE 'x')", "EXTRACT(DAY FROM __AT_TIME_ZONE( t -u , 'x'))"],
    ['SELECT ARRAY(SELECT 1)[OFFSET(0)]', 'SELECT (ARRAY(SELECT 1))[OFFSET(0)]'],
    ['UPDATE my-p.d.t SET a = DEFAULT', 'UPDATE my-p.d.t SET a = NULL'],
    ['SELECT a IS DISTINCT FROM b-c', 'SELECT a IS DISTINCT FROM b -c'],
  ] as const) {
    it(googleSql, () => assert.equal(prepare(googleSql).text, expected));
  }

  it('cuts out the orders of NULLs and remembers where they stood', () => {
    const { text, nullOrder } = prepare('SELECT a-b FROM t ORDER BY x DESC NULLS FIRST, y nulls last');
    assert.equal(text, 'SELECT a -b FROM t ORDER BY x DESC, y');
    assert.deepEqual(
      [...nullOrder].map(([end, order]) => [text.slice(0, end).split(' ').at(-1), order]),
      [
        ['DESC', 'FIRST'],
        ['y', 'LAST'],
      ],
    );
  });

  it('cuts out EXCEPT before REPLACE and remembers its columns', () => {
    const { text, excepted } = prepare('SELECT a-b, * EXCEPT (x, `y`) REPLACE (1 AS z) FROM t');
    assert.equal(text, 'SELECT a -b, * REPLACE (1 AS z) FROM t');
    assert.deepEqual([...excepted], [[text.indexOf('REPLACE'), ['x', 'y']]]);
  });

  it('knows where each place came from', () => {
    const googleSql = "SELECT a-b, EXTRACT(DAY FROM c AT TIME ZONE 'x'), d FROM t";
    const { text, original } = prepare(googleSql);
    for (const piece of ['SELECT', 'a', '-b', 'EXTRACT', "'x'", ', d FROM', 'FROM t']) {
      assert.equal(original(text.indexOf(piece)), googleSql.indexOf(piece), piece);
    }
  });

  it('the tokens of a text are pieces of it, in order', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '-', "'", '"', '`', '\\', '#', '\n', '/', '*', '1', '.', ' ') }),
        text => {
          let end = 0;
          for (const token of tokens(text)) {
            assert.ok(token.start >= end);
            assert.equal(text.slice(token.start, token.end), token.text);
            end = token.end;
          }
        },
      ),
    );
  });
});
