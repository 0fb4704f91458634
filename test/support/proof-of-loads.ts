import assert from 'node:assert/strict';
import type { Client } from 'pg';
import { documentsOf } from '../../functions/clients/documents.ts';
import type { RunStore } from '../../functions/clients/run-store.ts';
import type { ExportAddress } from '../../functions/core/batch/config.ts';
import { jobId } from '../../functions/core/batch/load-plan.ts';
import { parseManifest } from '../../functions/core/batch/manifest.ts';
import type { Run } from '../../functions/core/batch/run.ts';
import { batchBuckets } from '../../functions/core/names.ts';
import { busyTables } from './busy-shop.ts';
import type { TestCloud } from './local-cloud.ts';

export interface ProvedLoads {
  readonly test: TestCloud;
  readonly source: Client;
  readonly runs: RunStore;
  readonly addresses: readonly ExportAddress[];
}

/**
 * Proves of a shop at rest that the warehouse has what its tables have, that each interval was loaded exactly once, and
 * that nothing is left of what was broken off. Throws an AssertionError.
 */
export async function proveLoads(proved: ProvedLoads): Promise<{ runs: readonly Run[]; attempts: number }> {
  const runs = await doneRuns(proved);
  await proveOnce(runs, proved);
  await proveTables(runs, proved);
  await proveNothingLeft(runs, proved);
  return { runs, attempts: runs.reduce((sum, { attempts }) => sum + attempts.length, 0) };
}

async function doneRuns({ runs, addresses }: ProvedLoads): Promise<Run[]> {
  const all: Run[] = [];
  for (const address of addresses) {
    for (const status of await runs.statuses(address)) {
      const run = await runs.read(address, status.interval.start);
      if (run?.state === 'done') all.push(run);
      else assert.equal(run?.state, 'waiting', JSON.stringify(run));
    }
  }
  return all;
}

const tableOf = (address: ExportAddress) => address.slice(address.indexOf('/') + 1);

/** BigQuery's own list of jobs has one that brought a run's rows into its destination, and none besides. */
async function proveOnce(runs: readonly Run[], { test }: ProvedLoads): Promise<void> {
  const { project } = test.cloud.locator;
  const [jobs] = await test.clients.bigquery.getJobs({ allUsers: true });
  const applied = new Set(
    jobs.flatMap(({ id = '', metadata }) => {
      const { status } = metadata as { status: { state: string; errorResult?: object } };
      return id.startsWith('onramp_apply_') && status.state === 'DONE' && !status.errorResult ? [id] : [];
    }),
  );
  for (const { export: address, interval, attempts } of runs) {
    const target = { project, dataset: 'shop', table: tableOf(address) };
    const ids = attempts.flatMap(({ manifest }) =>
      manifest === undefined
        ? []
        : Array.from({ length: 6 }, (_, failures) => jobId('apply', manifest, target, failures)),
    );
    assert.equal(ids.filter(id => applied.delete(id)).length, 1, `applied: ${address} ${interval.start}`);
  }
  assert.deepEqual([...applied], [], 'loads of no run');
}

async function proveTables(runs: readonly Run[], { test, source }: ProvedLoads): Promise<void> {
  for (const [mode, table] of Object.entries(busyTables)) {
    const ends = runs.flatMap(run => (tableOf(run.export) === table ? [run.interval.end] : []));
    // Of appended rows those of the hours that were exported are there.
    const where = mode === 'append' ? `WHERE changed_at < '${ends.toSorted().at(-1)}'` : '';
    const { rows } = await source.query({
      text: `SELECT id || ' ' || amount || ' ' || floor(extract(epoch FROM changed_at)) FROM ${table} ${where} ORDER BY id`,
      rowMode: 'array',
      types: { getTypeParser: () => String },
    });
    const [loaded] = await test.clients.bigquery.query(
      `SELECT CONCAT(CAST(id AS STRING), ' ', CAST(amount AS STRING), ' ', CAST(UNIX_SECONDS(changed_at) AS STRING)) AS \`row\`
       FROM shop.${table} ORDER BY id`,
    );
    assert.ok(rows.length > 0);
    assert.deepEqual(
      (loaded as { row: string }[]).map(({ row }) => row),
      rows.map(([row]) => row),
      table,
    );
  }
}

async function proveNothingLeft(runs: readonly Run[], { test }: ProvedLoads): Promise<void> {
  const { project } = test.cloud.locator;
  const { storage, bigquery } = test.clients;
  const [tables] = await bigquery.dataset('shop').getTables();
  assert.deepEqual(tables.map(({ id }) => id).toSorted(), Object.values(busyTables).toSorted());

  const state = documentsOf(storage.bucket(batchBuckets.state(project)));
  const locks = await state.list('locks/');
  assert.equal(locks.length, Object.keys(busyTables).length);
  for (const { name } of locks) {
    const lock = await state.read<{ until: number }>(name);
    assert.ok(lock && lock.until <= Date.now(), `${name} is held: ${JSON.stringify(lock)}`);
  }
  const appended = runs.filter(run => tableOf(run.export) === busyTables.append);
  const ledger = await state.list(`loads/${encodeURIComponent(`${project}.shop.${busyTables.append}`)}/`);
  assert.deepEqual(
    ledger.map(({ name }) => name.slice(name.lastIndexOf('/') + 1, -'.json'.length)),
    appended.map(({ interval }) => interval.start).toSorted(),
  );

  const [objects] = await storage.bucket(batchBuckets.exports(project)).getFiles({ prefix: 'export=' });
  const manifests = objects.filter(({ name }) => name.endsWith('/manifest.json'));
  const listed = new Map<string, number>();
  for (const manifest of manifests) {
    for (const { name, bytes } of parseManifest((await manifest.download())[0]).files) listed.set(name, bytes);
  }
  const files = objects.flatMap(({ name, metadata }) =>
    name.endsWith('.avro') ? [[name, Number(metadata.size)] as const] : [],
  );
  assert.deepEqual(new Map(files), listed, 'files that no manifest lists, or that are not whole');
  const others = objects.filter(({ name }) => !name.endsWith('.avro') && !name.endsWith('/manifest.json'));
  assert.deepEqual(
    others.map(({ name }) => name),
    [],
    'what was written down of parts',
  );
}
