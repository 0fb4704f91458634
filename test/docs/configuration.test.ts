import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  batchKeyMeanings,
  batchStageIds,
  batchWiring,
  calledIds,
  consoleId,
} from '../../functions/core/batch/batch-wiring.ts';
import { limits } from '../../functions/core/names.ts';
import { batchEnvironment, resourceKeys, secretKeys, stageIds, wiring } from '../../functions/core/wiring.ts';
import { parsePiiYaml } from '../../infra/config/pii-shape.ts';
import { parsePii } from '../../infra/config/read-pii.ts';
import { parseServiceYaml } from '../../infra/config/service-shape.ts';
import { parseYamlFile } from '../../infra/config/yaml-file.ts';
import { parseStackSettings } from '../../infra/stack-settings.ts';
import { clientEnvironment } from '../../local/locator.ts';
import { choosePorts, defaultPortBase } from '../../local/ports.ts';
import { fences, pageText, section, tableRows } from './page.ts';

const page = pageText('docs/configuration.md');
const column = (heading: string, index: number) => tableRows(section(page, heading)).map(row => row[index]);

/** The keys that the check of a service.yaml knows at the place where the value holds an unknown one. */
function knownKeys(value: unknown): string[] {
  const { findings } = parseServiceYaml(value);
  const known = findings.map(({ mend }) => /known are (.*)$/.exec(mend)?.[1]).find(text => text !== undefined);
  return known?.split(', ') ?? [];
}

describe('docs/configuration.md', () => {
  const unknown = { zzzzzzzzzzzz: 1 };

  it('has every key of a service.yaml, and no other', () => {
    assert.deepEqual(column('Keys of the file', 0), knownKeys(unknown));
    assert.deepEqual(column('Keys of a ramp', 0), knownKeys({ ramps: { a: unknown } }));
    assert.deepEqual(column('Keys of warehouse', 0), knownKeys({ ramps: { a: { warehouse: unknown } } }));
    assert.deepEqual(column('From the log', 0), knownKeys({ ramps: { a: { logs: { filter: 'x', ...unknown } } } }));
  });

  it('shows an example that has every key and is right', () => {
    const [example] = fences(section(page, 'Services and ramps')).filter(({ language }) => language === 'yaml');
    const yaml = parseYamlFile('service.yaml', example?.content ?? '');
    assert.deepEqual(yaml.problems, []);
    const { service, findings } = parseServiceYaml(yaml.value);
    assert.deepEqual(findings, []);
    assert.deepEqual(Object.keys(service ?? {}), column('Keys of the file', 0));
    const [ramp] = Object.values(service?.ramps ?? {});
    assert.deepEqual(Object.keys(ramp ?? {}), column('Keys of a ramp', 0));
    assert.deepEqual(Object.keys(ramp?.warehouse ?? {}), column('Keys of warehouse', 0));
    assert.deepEqual(Object.keys(ramp?.logs ?? {}), column('From the log', 0));
  });

  it('has the limits on names', () => {
    assert.deepEqual(
      tableRows(section(page, 'Names')),
      Object.entries(limits).map(([kind, { rule }]) => [kind, rule]),
    );
  });

  it('has every stack setting with its default', () => {
    const settings = parseStackSettings({ project: 'acme-platform' });
    assert.deepEqual(column('Stack settings', 0).toSorted(), Object.keys(settings).toSorted());
    for (const [key, , written] of tableRows(section(page, 'Stack settings'))) {
      const value = settings[key as keyof typeof settings];
      if (key === 'project') assert.equal(written, 'required');
      else if (value === undefined) assert.match(written ?? '', /^(kept for ever|the project's default)$/, key);
      else if (Array.isArray(value) && value.length === 0) assert.match(written ?? '', /^(none|nobody)$/, key);
      else assert.equal(written, String(value), key);
    }
  });

  it('has the environment of every function', () => {
    const batchKeys = Object.keys(batchEnvironment(wiring['ramp-to-hub'].batch));
    const expected = Object.entries(resourceKeys).map(([key, meaning]) => {
      const named = stageIds.filter(id => (wiring[id].environment as readonly string[]).includes(key));
      const users = batchKeys.includes(key) || named.length === stageIds.length ? 'all' : named.join(', ');
      return [key, meaning, users];
    });
    assert.deepEqual(tableRows(section(page, 'Functions')), expected);
  });

  it('has the environment and the sizes of every function for exports', () => {
    const ids = [...calledIds, ...batchStageIds, consoleId] as const;
    const part = section(page, 'Functions for exports');
    const [environment = '', sizes = ''] = part.split('Sizes:');
    const expected = Object.entries(batchKeyMeanings).map(([key, meaning]) => {
      const named = ids.filter(id => (batchWiring(id).environment as readonly string[]).includes(key));
      return [key, meaning, named.length === ids.length ? 'all' : named.join(', ')];
    });
    assert.deepEqual(tableRows(environment), expected);
    assert.deepEqual(
      tableRows(sizes),
      ids.map(id => {
        const { concurrency, timeoutSeconds, maxInstances, memoryMiB, cpu } = batchWiring(id);
        return [id, String(concurrency), String(timeoutSeconds), `0 to ${maxInstances}`, `${memoryMiB} MiB`, cpu];
      }),
    );
  });

  it('has the secrets of every function', () => {
    const [, secrets = ''] = section(page, 'Functions').split('These hold secrets');
    const expected = (Object.keys(secretKeys) as (keyof typeof secretKeys)[]).map(id => {
      const { prefix, meaning } = secretKeys[id];
      return [`${prefix}<version>`, meaning, stageIds.filter(stage => wiring[stage].secrets.includes(id)).join(', ')];
    });
    assert.deepEqual(tableRows(secrets), expected);
  });

  it('has every key of a class of personal data, and an example that is right', () => {
    const part = section(page, 'Classes of personal data');
    const { findings } = parsePiiYaml({ version: 1, classes: { a: unknown } });
    assert.deepEqual(
      tableRows(part).map(([key]) => key),
      /known are (.*)$/.exec(findings[0]?.mend ?? '')?.[1]?.split(', '),
    );
    const { classes, problems } = parsePii(fences(part)[0]?.content ?? '', 'asia-northeast1');
    assert.deepEqual(problems, []);
    assert.deepEqual(new Set(Object.values(classes ?? {}).map(({ mask }) => mask)).size, 4);
  });

  it('has the bounds of every function', () => {
    const [, bounds = ''] = section(page, 'Functions').split('Batches and instances');
    const mebibytes = (bytes: number) => `${bytes / 1024 ** 2} MiB`;
    const expected = stageIds.map(id => {
      const { batch, concurrency, timeoutSeconds, minInstances, maxInstances } = wiring[id];
      const bytes = [mebibytes(batch.bytes), String(batch.millis), mebibytes(batch.heldBytes)];
      const instances = `${minInstances} to ${maxInstances}`;
      return [id, String(batch.records), ...bytes, String(concurrency), String(timeoutSeconds), instances];
    });
    assert.deepEqual(tableRows(bounds), expected);
    for (const { memoryMiB, cpu } of Object.values(wiring)) {
      assert.ok(bounds.includes(`${memoryMiB} MiB and ${cpu} CPU`));
    }
  });

  it('has the ports of the local cloud, and the variables that lead to them', async () => {
    const ports = await choosePorts(defaultPortBase, stageIds);
    const { functions, ...standIns } = ports;
    assert.deepEqual(
      column('Ports', 0)
        .filter(port => /^\d+$/.test(port ?? ''))
        .map(Number),
      [...Object.values(standIns), ...Object.values(functions)].toSorted((a, b) => a - b),
    );
    for (const [port, what] of tableRows(section(page, 'Ports')).filter(([, what]) => what?.startsWith('function '))) {
      const stage = stageIds.find(id => what === `function ${id}`);
      assert.equal(stage && functions[stage], Number(port));
    }
    const [, variables = ''] = section(page, 'Ports').split('reach the local cloud with');
    assert.deepEqual(
      tableRows(variables).map(([name]) => name),
      Object.keys(clientEnvironment({ pid: 1, project: 'local-onramp', ports })),
    );
  });
});
