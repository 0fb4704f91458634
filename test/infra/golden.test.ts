import { join, sep } from 'node:path';
import { describe, it } from 'node:test';
import { exampleStack, root } from '../support/example-stack.ts';
import { assertGolden } from '../support/golden.ts';

/** Everything a reviewer should see change, and nothing that changes with the functions' code or the machine. */
function reviewable(value: unknown): unknown {
  if (typeof value === 'string') {
    return value
      .replace(/functions-[0-9a-f]{16}\.zip/, 'functions-<digest>.zip')
      .replace(root + sep, '')
      .replaceAll(sep, '/');
  }
  if (Array.isArray(value)) return value.map(reviewable);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => {
    const text = (item as { text?: unknown } | null)?.text;
    return [key, typeof text === 'string' ? { json: JSON.parse(text) as unknown } : reviewable(item)];
  });
  return Object.fromEntries(entries) as unknown;
}

describe('the stack of the example services', () => {
  it('is the one that was reviewed', () => {
    const resources = exampleStack.resources
      .filter(({ type }) => type !== 'pulumi:pulumi:Stack')
      .map(({ type, name, parent, protect, inputs }) => {
        const within = parent?.split('::').slice(2).join(' ');
        return [`${type} ${name}`, { within, ...(protect && { protect }), ...(reviewable(inputs) as object) }] as const;
      })
      .toSorted(([a], [b]) => (a < b ? -1 : 1));
    assertGolden(join(import.meta.dirname, 'golden/example-stack.json'), Object.fromEntries(resources));
  });
});
