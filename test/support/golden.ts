import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Compares a value with the JSON file that holds what it should be, so that a change shows in review.
 * With UPDATE_GOLDEN=1 in the environment the file is written instead.
 */
export function assertGolden(file: string, value: unknown): void {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  assert.equal(text, readFileSync(file, 'utf8'), `differs from ${file}; UPDATE_GOLDEN=1 takes the change over`);
}
