import assert from 'node:assert/strict';
import { existsSync, globSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { fences, pageText, root, withoutFences } from './page.ts';

const pages = globSync('{*.md,docs/**/*.md,{functions,infra,local,cli,services,proto,test}/**/README.md}', {
  cwd: root,
}).toSorted();

/** The anchors that GitHub gives the headings of a page. */
function anchors(page: string): string[] {
  const headings = Array.from(withoutFences(pageText(page)).matchAll(/^#+ (.+)$/gm), found => found[1] ?? '');
  return headings.map(heading => {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    return text.replaceAll(/[^\p{L}\p{N}_\- ]/gu, '').replaceAll(' ', '-');
  });
}

/** The targets of a page’s links that are not of the web. */
const localLinks = (page: string): string[] =>
  Array.from(withoutFences(pageText(page)).matchAll(/\]\(([^)\s]+)\)/g), found => found[1] ?? '').filter(
    link => !/^[a-z]+:/.test(link),
  );

describe('links', () => {
  for (const page of pages) {
    it(`of ${page} lead to files and headings that exist`, () => {
      for (const link of localLinks(page)) {
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? page : relative(root, join(root, dirname(page), path));
        assert.ok(existsSync(join(root, target)), `${link}: no such file`);
        if (anchor !== undefined) assert.ok(anchors(target).includes(anchor), `${link}: no such heading`);
      }
    });
  }

  it('reach every page from the README', () => {
    const reached = new Set<string>();
    const visit = (page: string): void => {
      if (reached.has(page)) return;
      reached.add(page);
      for (const link of localLinks(page)) {
        const target = relative(root, join(root, dirname(page), link.split('#')[0] ?? ''));
        if (target === '' || !existsSync(join(root, target))) continue;
        if (target.endsWith('.md')) visit(target);
        else if (statSync(join(root, target)).isDirectory()) {
          for (const below of pages.filter(other => other.startsWith(`${target}/`))) visit(below);
        }
      }
    };
    visit('README.md');
    assert.deepEqual(
      pages.filter(page => !reached.has(page)),
      [],
    );
  });
});

describe('files that pages name', () => {
  // A decision is dated and stays as it was written; the files that it names may go.
  for (const page of pages.filter(name => !name.startsWith('docs/decisions/') && name !== 'CHANGELOG.md')) {
    it(`in ${page} exist`, () => {
      const text = pageText(page);
      const examples = fences(text).map(({ before }) => before);
      const named = Array.from(
        withoutFences(text).matchAll(/`((?:functions|infra|local|cli|test|docs|proto|services|\.github)\/[^\s`]*)`/g),
        found => found[1] ?? '',
      );
      for (const path of named) {
        // Placeholders are not paths, and neither are the files that an example goes on to show.
        if (/[<…]/.test(path) || examples.some(line => line.includes(`\`${path}\``))) continue;
        assert.ok(globSync(path.replace(/\/$/, ''), { cwd: root }).length > 0, `${path}: no such file`);
      }
    });
  }
});
