import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { batchStages, calledFunctions } from '../../../../functions/core/batch/batch-wiring.ts';
import { type Exports, exportsCost } from '../../../../infra/cost/batch-cost.ts';

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) <= 1e-9 + Math.abs(expected) * 0.01, `${actual} is not about ${expected}`);

const TiB = 1024 ** 4;
const one: Exports = { exports: 1, runs: 1, rows: 1000, rowBytes: 100, tableRows: 1000, writeMode: 'append' };

const anyExports = fc.record<Exports>({
  exports: fc.integer({ min: 1, max: 5000 }),
  runs: fc.integer({ min: 1, max: 1440 }),
  rows: fc.integer({ min: 0, max: 100_000_000 }),
  rowBytes: fc.integer({ min: 1, max: 10_000 }),
  tableRows: fc.integer({ min: 0, max: 1_000_000_000 }),
  writeMode: fc.constantFrom('append', 'replace', 'merge'),
});

describe('exports', () => {
  it('cost as much as their parts together, and no part is less than nothing', () => {
    fc.assert(
      fc.property(anyExports, exports => {
        const { total, ...parts } = exportsCost(exports);
        near(
          total,
          Object.values(parts).reduce((a, b) => a + b),
        );
        for (const [part, dollars] of Object.entries(parts)) assert.ok(dollars >= 0 && Number.isFinite(dollars), part);
      }),
    );
  });

  it('cost more when there are more of them, more rows, or a table that is read', () => {
    fc.assert(
      fc.property(anyExports, exports => {
        const { total } = exportsCost(exports);
        assert.ok(exportsCost({ ...exports, exports: exports.exports + 10 }).total > total);
        assert.ok(exportsCost({ ...exports, rows: exports.rows + 1_000_000 }).total > total);
        const modes = (['append', 'replace', 'merge'] as const).map(
          writeMode => exportsCost({ ...exports, writeMode }).total,
        );
        assert.ok(modes[0] !== undefined && modes[0] < (modes[1] ?? 0) && modes[1] === modes[2]);
      }),
    );
  });

  it('are billed 10 MB for each table that a query reads, however small', () => {
    const least = 10 * 1024 ** 2 * (6.25 / TiB);
    near(exportsCost(one).queries, 30 * 2 * least);
    near(exportsCost({ ...one, writeMode: 'merge' }).queries, 30 * 3 * least);
    near(exportsCost({ ...one, rows: 10_000_000 }).queries, 30 * 2 * 1e9 * (6.25 / TiB));
    near(
      exportsCost({ ...one, writeMode: 'merge', tableRows: 10_000_000 }).queries,
      30 * (2 * least + 1e9 * (6.25 / TiB)),
    );
  });

  it('are billed for two operations of Cloud Tasks and a small message for each event', () => {
    const { calls } = exportsCost({ ...one, exports: 1000, runs: 24 });
    const runs = 1000 * 24 * 30;
    // 5 events to two functions; a file and a manifest to one; the task's own request
    const messages = 5 + 2 + (2 * 5 + 2);
    near(calls, runs * ((2 * 0.4) / 1e6 + messages * 1000 * (40 / TiB) + (13 * 0.4) / 1e6));
  });

  it('cost for planning what a function costs that is called every minute, and a job of Cloud Scheduler', () => {
    const { planning } = exportsCost(one);
    assert.equal(exportsCost({ ...one, rows: 1e9, runs: 1440 }).planning, planning);
    assert.ok(planning > 0.1 && planning < 2, String(planning));
  });

  it('keep an export function busy for as long as their rows take', () => {
    const longer = exportsCost({ ...one, rows: 400_000_000 }).exporting - exportsCost({ ...one, rows: 0 }).exporting;
    near(longer, 30 * 1000 * (0.000024 + 0.0000025));
  });

  it('are loaded by functions that are as large as the one whose size is taken', () => {
    const { cpu, memoryMiB } = calledFunctions['plan-runs'];
    for (const stage of Object.values(batchStages)) assert.deepEqual([stage.cpu, stage.memoryMiB], [cpu, memoryMiB]);
  });
});
