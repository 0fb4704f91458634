import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compatibilityRules } from '../../functions/core/schema/compatibility-rules.ts';
import { pageText, section, tableRows } from './page.ts';

const page = pageText('docs/schemas.md');

describe('the rules of the warehouse on docs/schemas.md', () => {
  it('are those of the code, with their levels and reasons', () => {
    assert.deepEqual(
      tableRows(section(page, 'Rules of the warehouse')).map(([rule, level, , why]) => [rule, level, why]),
      Object.entries(compatibilityRules).map(([rule, { level, why }]) => [rule, level, why]),
    );
  });

  it('say of each when it speaks', () => {
    for (const [rule, , when] of tableRows(section(page, 'Rules of the warehouse'))) assert.ok(when, rule);
  });
});
