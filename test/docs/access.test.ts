import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { accessPage } from '../../infra/access-page.ts';
import { batchGrants, otherBatchGrants } from '../../infra/batch/batch-grants.ts';
import { grants, stageGrants } from '../../infra/grants.ts';
import { pageText, root } from './page.ts';

describe('docs/access.md', () => {
  it('is what infra/grants.ts says', () => {
    const page = accessPage();
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(join(root, 'docs/access.md'), page);
    assert.equal(pageText('docs/access.md'), page, 'UPDATE_GOLDEN=1 writes the page anew');
  });

  it('has the reason of every grant', () => {
    const page = pageText('docs/access.md');
    const every = [
      ...Object.values(stageGrants).flat(),
      ...Object.values(grants),
      ...Object.values(batchGrants).flat(),
      ...Object.values(otherBatchGrants),
    ];
    assert.ok(every.length > 0);
    for (const { reason } of every) assert.ok(page.includes(`| ${reason} |`), reason);
  });
});
