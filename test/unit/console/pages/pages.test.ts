import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exportPage } from '../../../../console/pages/export.ts';
import { gridPage } from '../../../../console/pages/grid.ts';
import { page } from '../../../../console/pages/layout.ts';
import { previewPage } from '../../../../console/pages/preview.ts';
import { problemPage } from '../../../../console/pages/problem.ts';
import { runPage } from '../../../../console/pages/run.ts';
import { exportView } from '../../../../console/view/export.ts';
import { gridView } from '../../../../console/view/grid.ts';
import { operationView } from '../../../../console/view/operation.ts';
import { runView } from '../../../../console/view/run.ts';
import type { BatchService, ExportConfig } from '../../../../functions/core/batch/config.ts';
import { destinationId } from '../../../../functions/core/batch/config.ts';
import { applyEvent, newRun } from '../../../../functions/core/batch/run.ts';
import type { Html } from '../../../../functions/core/html.ts';
import { consoleExample } from '../../../support/console-example.ts';
import { exampleExport } from '../../../support/example-export.ts';

const evil = `"><script>alert('1')</script>&`;
const now = new Date('2026-03-10T12:34:00.000Z');
const pools = new Set(['payment']);

/** As if whoever wrote the configuration had slipped something in wherever there is free text. */
const config: ExportConfig = exampleExport(
  { timezone: evil },
  {
    description: evil,
    pool: evil,
    connection: evil,
    alerting: { slack: { channel: evil, connection: evil } },
    source: { type: 'query', query: `SELECT '${evil}'`, written: { file: evil, line: 1 } },
    destinations: [
      {
        project: evil,
        dataset: evil,
        table: evil,
        writeMode: 'merge',
        mergeQuery: evil,
        mergeQueryWritten: { file: evil, line: 1 },
        clusterBy: [],
        labels: {},
      },
    ],
    columns: { [evil]: { class: evil } },
    schedule: { ...exampleExport().schedule },
  },
);
const service: BatchService = { id: 'payment', owner: evil, project: evil, connections: {}, exports: [config] };
const interval = { start: '2026-03-10T11:00:00.000Z', end: '2026-03-10T12:00:00.000Z' };
const failed = applyEvent(
  applyEvent(
    applyEvent(newRun(config, interval, 'scheduled', now), { type: 'dispatch', attempt: 1 }, now),
    { type: 'attempt-failed', attempt: 1, error: { code: evil, detail: evil }, retryable: false },
    now,
  ),
  { type: 'rerun', by: evil, retryCount: 0 },
  now,
);
const manifest = consoleExample.manifests[0]!.manifest;
const evilManifest = {
  ...manifest,
  files: [{ name: evil, rows: 1, bytes: 1, crc32c: evil }],
  snapshot: { [evil]: evil },
  columns: [{ name: evil, type: 'STRING' as const, sourceType: evil }],
  checksums: [{ column: evil, values: 1, xor: evil }],
  masks: [{ column: evil, method: evil, keyVersion: evil }],
  losses: [{ column: evil, loss: 'nan' as const, answer: 'null' as const, count: 1 }],
  schemaFingerprint: evil,
};
const history = { schedule: { paused: true, pausedBy: { by: evil, at: interval.start } }, runs: [failed] };
const known = { service, config };
const catalogue = { version: 1 as const, pools: [{ id: evil, slots: 3, description: evil }], services: [service] };
const operation = { type: 'rerun', export: config.address, runs: { starts: [interval.start] } } as const;
const changes = [{ what: 'run' as const, interval, before: 'failed' as const, why: evil }];

const refresh = { seconds: 10, isStopped: false, again: evil, still: evil };

const pages: Record<string, Html> = {
  grid: gridPage(
    gridView(catalogue, () => history, {}, { columns: 20, filter: { text: '' }, now }),
    refresh,
  ),
  search: gridPage(
    gridView(catalogue, () => history, {}, { columns: 20, filter: { text: evil }, now }),
    undefined,
  ),
  export: exportPage(exportView(known, history, pools, { limit: 10, before: undefined, now }), evil, refresh),
  backfill: exportPage(exportView(known, history, pools, { limit: 10, before: undefined, now }), evil, undefined),
  run: runPage(runView(known, failed, history, pools, { object: evil, manifest: evilManifest }, now), evil),
  preview: previewPage(operationView(operation, { changes, notes: [evil], seen: evil }), true),
  problem: problemPage(evil),
};

describe('a page', () => {
  for (const [name, body] of Object.entries(pages)) {
    it(`of the ${name} writes nothing that somebody slipped in as HTML`, () => {
      const { text } = page({ title: evil, person: evil, now, body, refresh });
      assert.ok(text.includes('&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;'), 'it is shown');
      assert.doesNotMatch(text, /<script|alert\('1'\)/);
    });

    it(`of the ${name} needs no script, style or source that its policy forbids`, () => {
      const { text } = page({ title: name, person: 'aiko@example.com', now, body, refresh });
      assert.doesNotMatch(text, / style="| on[a-z]+="|<style|javascript:|https?:\/\//);
    });

    it(`of the ${name} closes what it opens`, () => {
      const open: string[] = [];
      for (const [, end, tag = ''] of body.text.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*>/g)) {
        if (['input', 'br'].includes(tag)) continue;
        if (end === '') open.push(tag);
        else assert.equal(open.pop(), tag);
      }
      assert.deepEqual(open, []);
    });
  }

  it('of a run says what an error means and how it is mended', () => {
    const run = consoleExample.runs.find(({ state }) => state === 'failed')!;
    const of = { service: consoleExample.catalogue.services[0]!, config: exampleExport() };
    const { text } = runPage(runView(of, run, { schedule: {}, runs: [run] }, pools, undefined, now), undefined);
    assert.match(text, /<code>EXPORT_QUERY_REFUSED<\/code> permission denied/);
    assert.match(text, /Mend:<\/b> Look at the query with <code>onramp export render<\/code>/);
  });

  it('of a run says what is wrong with a template instead of what it renders', () => {
    const of = {
      service,
      config: { ...config, destinations: [{ ...config.destinations[0]!, mergeQuery: '{{ nobody }}' }] },
    };
    const { rendered } = runView(of, failed, history, pools, undefined, now);
    assert.match(rendered[1]?.problem ?? '', /nobody/);
    assert.equal(rendered[1]?.name, `Merge query of ${destinationId(of.config.destinations[0]!)}`);
  });
});
