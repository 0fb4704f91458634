import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorCatalogue } from '../../functions/core/errors.ts';
import { pageText, section } from './page.ts';

const page = pageText('docs/errors.md');
const codes = Array.from(page.matchAll(/^### (.+)$/gm), found => found[1]);

/** The text of one of a code’s items, such as `What`, on one line. */
function item(code: string, name: string): string | undefined {
  const found = new RegExp(`^- ${name}: (.*(?:\\n {2}.*)*)`, 'm').exec(section(page, code));
  return found?.[1]?.replaceAll('\n  ', ' ');
}

describe('docs/errors.md', () => {
  it('has every code once, and none that does not exist', () => {
    assert.deepEqual(codes.toSorted(), Object.keys(errorCatalogue).toSorted());
  });

  for (const [code, { what, mend }] of Object.entries(errorCatalogue)) {
    it(`says of ${code} what the code says, and where it shows`, () => {
      assert.equal(item(code, 'What'), what);
      assert.equal(item(code, 'Mend'), mend);
      assert.match(item(code, 'Where') ?? '', /\.$/);
    });
  }
});
