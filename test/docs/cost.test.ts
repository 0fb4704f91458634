import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { stageIds } from '../../functions/core/wiring.ts';
import { cpuPerPush } from '../../infra/cost/assumptions.ts';
import {
  classAPerRun,
  classBPerRun,
  classBPerService,
  classBPerTick,
  eventSeconds,
  exportBytesPerSecond,
  exportCompressed,
  exportsPerService,
  loadSeconds,
  startSeconds,
  tickSeconds,
} from '../../infra/cost/batch-assumptions.ts';
import { costTables } from '../../infra/cost/cost-tables.ts';
import { parseStackSettings } from '../../infra/stack-settings.ts';
import { fences, pageText, root, section } from './page.ts';

const path = 'docs/cost.md';
const places = /<!-- table ([\w-]+) -->\n.*?<!-- end -->/gs;

describe('docs/cost.md', () => {
  it('has the tables that the model computes', () => {
    const page = pageText(path);
    const found = new Set<string>();
    const wanted = page.replace(places, (_, name: string) => {
      found.add(name);
      return `<!-- table ${name} -->\n${costTables[name] ?? assert.fail(`there is no table ${name}`)}\n<!-- end -->`;
    });
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(join(root, path), wanted);
    assert.deepEqual([...found].toSorted(), Object.keys(costTables).toSorted());
    assert.equal(pageText(path), wanted, 'UPDATE_GOLDEN=1 writes the tables anew');
  });

  it('shows a setting that the stack takes', () => {
    const [command] = fences(section(pageText(path), 'Billing by request or by instance'));
    const value = /onramp:instanceBilledStages (\S+)/.exec(command?.content ?? '')?.[1] ?? '';
    const { instanceBilledStages } = parseStackSettings({ project: 'acme-platform', instanceBilledStages: value });
    assert.equal(instanceBilledStages.length, 4);
    for (const stage of instanceBilledStages) assert.ok(stageIds.includes(stage));
  });

  it('states the CPU that the model assumes', () => {
    const text = section(pageText(path), 'Assumptions').replace(/\s+/g, ' ');
    for (const [stage, seconds] of Object.entries(cpuPerPush)) {
      assert.match(text, new RegExp(`${Math.round(seconds * 1e6)}( µs)? in \`${stage}\``));
    }
  });

  it('states what the model assumes of exports', () => {
    const text = section(pageText(path), 'Assumptions').replace(/\s+/g, ' ');
    for (const statement of [
      `writes ${exportBytesPerSecond / 1e6} MB of rows a second`,
      `leaves ${exportCompressed * 100} % of them`,
      `waits ${loadSeconds} seconds for BigQuery`,
      `A tick takes ${tickSeconds} seconds, an event ${eventSeconds}, and`,
      `in ${startSeconds} seconds`,
      `${classAPerRun} class A and ${classBPerRun} class B operations`,
      `a tick ${classBPerTick} of class B and ${classBPerService} for each service, which has ${exportsPerService} exports`,
    ]) {
      assert.ok(text.includes(statement), statement);
    }
  });
});
