import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { parseStackSettings } from '../../../infra/stack-settings.ts';

const root = join(import.meta.dirname, '../../..');
const yaml = (file: string) => parse(readFileSync(join(root, file), 'utf8')) as Record<string, unknown>;

/** Pulumi hands every setting to a program as text, without the project that it belongs to. */
const settingsOf = (config: object) =>
  Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace(/^onramp:/, ''), String(value)]));

describe('Pulumi.yaml', () => {
  const { name, main, runtime, config } = yaml('Pulumi.yaml');

  it('names a program that is there and that Node.js runs itself', () => {
    assert.ok(existsSync(join(root, String(main))));
    assert.deepEqual(runtime, { name: 'nodejs', options: { typescript: false } });
  });

  it('asks for the project only, under the prefix that the program reads', () => {
    assert.equal(name, 'onramp');
    assert.deepEqual(Object.keys(config as object), ['onramp:project']);
  });
});

describe('Pulumi.dev.yaml', () => {
  const config = yaml('Pulumi.dev.yaml')['config'] as Record<string, unknown>;

  it('has settings of Onramp that are right', () => {
    for (const key of Object.keys(config)) assert.match(key, /^onramp:/);
    const settings = parseStackSettings(settingsOf(config));
    assert.equal(settings.project, 'acme-platform-dev');
    assert.equal(settings.protect, false);
    assert.equal(settings.lakeDeleteAfterDays, 30);
  });

  it('has no key that a slip would not be noticed in', () => {
    for (const key of Object.keys(config)) {
      const { [key]: value, ...others } = config;
      assert.throws(() => parseStackSettings(settingsOf({ ...others, [`${key}x`]: value })), /is no setting|project/);
    }
  });
});
