import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { functionNames } from '../../../../../local/bigquery/sql/functions/function-call.ts';

it('the README names every function that the translator knows', () => {
  const readme = readFileSync(new URL('../../../../../local/bigquery/sql/README.md', import.meta.url), 'utf8');
  const named = new Set(readme.match(/\b[A-Z][A-Z0-9_]+\b/g));
  assert.deepEqual(
    functionNames().filter(name => !named.has(name)),
    [],
  );
});
