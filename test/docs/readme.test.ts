import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { datasets, tables, topics } from '../../functions/core/names.ts';
import { readServices } from '../../infra/config/read-services.ts';
import { compileSchemas } from '../../infra/schemas.ts';
import { fences, pageText, root, section } from './page.ts';

const readme = pageText('README.md');

describe('README.md', () => {
  const copy = mkdtempSync(join(tmpdir(), 'onramp-readme-'));
  after(() => rmSync(copy, { recursive: true }));

  it('shows a service whose files pass the check, under the names that it tells', () => {
    cpSync(join(root, 'buf.yaml'), join(copy, 'buf.yaml'));
    const text = section(readme, 'Add a service');
    const files = fences(text).flatMap(({ before, content }) => {
      const path = /`([^`]+\/[^`]+)`:$/.exec(before)?.[1];
      return path === undefined ? [] : [{ path, content }];
    });
    assert.deepEqual(
      files.map(({ path }) => path.split('/')[0]),
      ['proto', 'services'],
    );
    for (const { path, content } of files) {
      mkdirSync(dirname(join(copy, path)), { recursive: true });
      writeFileSync(join(copy, path), content);
    }
    const { schemas, problems } = compileSchemas(copy);
    assert.deepEqual(problems, []);
    const { services, problems: wrong } = readServices(copy, schemas);
    assert.deepEqual(wrong, []);
    const [service] = services;
    const [ramp] = service?.ramps ?? [];
    assert.ok(service && ramp);
    assert.ok(text.includes(`\`${topics.ramp(service.id, ramp.id)}\``));
    assert.ok(text.includes(`\`${datasets.service(service.id)}.${tables.ramp(ramp.id)}\``));
  });

  it('names scripts that exist', () => {
    const { scripts } = JSON.parse(pageText('package.json')) as { scripts: Record<string, string> };
    const commands = fences(readme).filter(({ language }) => language === 'sh');
    const used = commands.flatMap(({ content }) =>
      Array.from(content.matchAll(/^npm (?:run )?([\w:]+)/gm), found => found[1] ?? ''),
    );
    assert.ok(used.length > 3);
    for (const script of used) assert.ok(script in scripts, script);
  });
});
