import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { catalogOf } from '../../infra/catalog/catalog.ts';
import { loadDeclaration } from '../../infra/load.ts';
import { parseStackSettings } from '../../infra/stack-settings.ts';
import { pageText, root, section, tableRows } from './page.ts';

const catalog = catalogOf(loadDeclaration(root, parseStackSettings({ project: 'acme-platform' })));

/** The paths of all keys; those of the classes are their names, and no part of the shape. */
function keysOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap(item => keysOf(item, `${path}[]`)))];
  if (typeof value !== 'object' || value === null || path === 'piiClasses') return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const at = path === '' ? key : `${path}.${key}`;
    return [at, ...keysOf(item, at)];
  });
}

describe('the catalog on docs/configuration.md', () => {
  it('has every key of the JSON, and no other', () => {
    const described = tableRows(section(pageText('docs/configuration.md'), 'The catalog')).map(([key]) => key ?? '');
    assert.deepEqual(described.toSorted(), keysOf(catalog).toSorted());
  });
});
