import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { documentsOf } from '../../functions/clients/documents.ts';
import { createRunStore } from '../../functions/clients/run-store.ts';
import { exportsCatalogueObject } from '../../functions/core/batch/exports-catalogue.ts';
import { applyEvent, newRun, type Run } from '../../functions/core/batch/run.ts';
import { batchBuckets, buckets, topics } from '../../functions/core/names.ts';
import { connect } from '../../local/clients.ts';
import { lockFolder } from '../../local/folder-lock.ts';
import { writeLocator } from '../../local/locator.ts';
import { startPubsub } from '../../local/pubsub/pubsub.ts';
import { operator } from '../../local/stand-in.ts';
import { exampleExport } from '../support/example-export.ts';
import { runCaptured } from '../unit/cli/captured-terminal.ts';
import { storageUnderTest, temporaryFolder } from './support/storage-under-test.ts';

const project = 'acme';
const config = exampleExport({ catchup: true, startDate: '2026-01-01T00:00:00.000Z', dependsOnPast: true });
const interval = (hour: number) => ({
  start: `2026-01-01T0${hour}:00:00.000Z`,
  end: `2026-01-01T0${hour + 1}:00:00.000Z`,
});

/** A local cloud as the CLI sees it, with three runs: done, failed, and one that waits for it. */
async function cloud(t: TestContext) {
  const { client, origin } = await storageUnderTest(t);
  const folder = await temporaryFolder(t);
  const told: string[] = [];
  const pubsub = await startPubsub({
    folder: join(folder, 'pubsub'),
    onPublish: (_topic, messages) => {
      for (const { attributes } of messages) told.push(attributes['event'] ?? '');
    },
  });
  t.after(() => pubsub.close());
  const unlock = lockFolder(folder);
  t.after(unlock);
  const ports = {
    status: 1,
    pubsub: await pubsub.listen(operator),
    storage: Number(new URL(origin).port),
    bigquery: 1,
    bigqueryStorage: 1,
    tasks: 1,
    console: 1,
    functions: {},
  };
  const locator = { pid: process.pid, project, ports };
  writeLocator(folder, locator);
  const clients = connect(locator);
  await clients.pubsub.createTopic(topics.batchEvents);
  await clients.close();
  await client.createBucket(batchBuckets.state(project));
  await client.createBucket(buckets.registry(project));
  await documentsOf(client.bucket(buckets.registry(project))).create(exportsCatalogueObject, {
    version: 1,
    pools: [{ id: 'payment', slots: 4, description: 'the payment database' }],
    services: [
      { id: 'payment', owner: 'payment@acme.example', project: 'payment', connections: {}, exports: [config] },
    ],
  });
  const runs = createRunStore(documentsOf(client.bucket(batchBuckets.state(project))), () => new Date());
  const at = new Date('2026-01-01T05:00:00Z');
  const made = (hour: number, events: Parameters<typeof applyEvent>[1][]) =>
    events.reduce<Run>((run, event) => applyEvent(run, event, at), newRun(config, interval(hour), 'scheduled', at));
  const error = { code: 'EXPORT_QUERY_REFUSED', detail: 'column "ammount" does not exist' };
  await runs.create(made(0, [{ type: 'mark', state: 'done', by: 'ada' }]));
  await runs.create(
    made(1, [
      { type: 'dispatch', attempt: 1 },
      { type: 'attempt-failed', attempt: 1, error, retryable: false },
    ]),
  );
  await runs.create(made(2, [{ type: 'hold', reasons: ['depends-on-past'] }]));
  const onramp = (...args: string[]) => runCaptured([...args, '--folder', folder]);
  return { onramp, runs, told };
}

describe('onramp run', () => {
  it('lists runs, the latest first', async t => {
    const { onramp } = await cloud(t);
    const { stdout, exitCode } = await onramp('run', 'list', 'payment/transfers');
    assert.equal(exitCode, 0);
    assert.deepEqual(
      stdout
        .trimEnd()
        .split('\n')
        .map(line => line.split(/ {2,}/).slice(1, 3)),
      [
        ['interval', 'state'],
        ['2026-01-01T02:00Z', 'waiting'],
        ['2026-01-01T01:00Z', 'failed'],
        ['2026-01-01T00:00Z', 'done'],
      ],
    );
    const failed = await onramp('run', 'list', '--state', 'failed', '--json');
    assert.equal((JSON.parse(failed.stdout) as unknown[]).length, 1);
  });

  it('shows why a run failed, and why another waits', async t => {
    const { onramp } = await cloud(t);
    const failed = await onramp('run', 'show', 'payment/transfers', '2026-01-01T01:00');
    assert.match(failed.stdout, /attempt 1: EXPORT_QUERY_REFUSED: column "ammount" does not exist/);
    const waiting = await onramp('run', 'show', 'payment/transfers', '2026-01-01T02:00');
    assert.match(waiting.stdout, /waits +the run of 2026-01-01T01:00:00\.000Z before it is failed/);
  });

  it('says why there is no run of an interval', async t => {
    const { onramp } = await cloud(t);
    const { stderr, exitCode } = await onramp('run', 'show', 'payment/transfers', '2025-12-31');
    assert.match(stderr, /RUN_UNKNOWN: payment\/transfers of 2025-12-31T00:00Z: start_date is 2026-01-01/);
    assert.equal(exitCode, 1);
  });

  it('changes nothing without a yes', async t => {
    const { onramp, runs } = await cloud(t);
    const dry = await onramp('run', 'rerun', 'payment/transfers', '--failed', '--dry-run');
    assert.match(dry.stdout, /2026-01-01T01:00Z +2026-01-01T02:00Z +failed +waiting/);
    assert.equal(dry.exitCode, 0);
    const unasked = await onramp('run', 'rerun', 'payment/transfers', '--failed');
    assert.match(unasked.stderr, /nobody is here to be asked\n {2}Say --yes/);
    assert.equal(unasked.exitCode, 2);
    assert.equal((await runs.read('payment/transfers', interval(1).start))?.state, 'failed');
  });

  it('starts anew, marks and cancels', async t => {
    const { onramp, runs, told } = await cloud(t);
    const stateOf = async (hour: number) => (await runs.read('payment/transfers', interval(hour).start))?.state;
    const run = (...args: string[]) => onramp('run', ...args, '--yes');
    const rerun = await run('rerun', 'payment/transfers', '--failed');
    assert.match(rerun.stderr, /Done: 1 of 1 changed/);
    assert.match(rerun.stderr, /What nothing holds back is started at once\./);
    assert.equal(await stateOf(1), 'waiting');
    assert.equal((await run('mark', 'payment/transfers', interval(1).start, '--as', 'done')).exitCode, 0);
    assert.equal(await stateOf(1), 'done');
    assert.deepEqual(told, ['operation_done', 'run_done', 'operation_done']);
    const { stdout } = await run('cancel', 'payment/transfers', interval(0).start, '--future', '--json');
    const { changes } = JSON.parse(stdout) as { changes: { before: string; after: string }[] };
    assert.deepEqual(
      changes.map(({ before, after }) => [before, after]),
      [['waiting', 'cancelled']],
    );
    assert.equal(await stateOf(2), 'cancelled');
  });

  it('wants to know which runs', async t => {
    const { onramp } = await cloud(t);
    const none = await onramp('run', 'cancel', 'payment/transfers', '--yes');
    assert.match(none.stderr, /no run is named\n {2}Name the start of its interval/);
    const unknown = await onramp('run', 'cancel', 'payment/transfer', interval(1).start);
    assert.match(unknown.stderr, /there is no export "payment\/transfer"\n {2}Did you mean "payment\/transfers"/);
    const strange = await onramp('run', 'show', 'payment/transfers', 'yesterday');
    assert.match(strange.stderr, /It is a time such as 2026-01-31T15:00/);
    assert.deepEqual([none.exitCode, unknown.exitCode, strange.exitCode], [2, 2, 2]);
  });
});

describe('onramp export', () => {
  it('runs and backfills by hand, pauses and resumes', async t => {
    const { onramp, runs } = await cloud(t);
    const backfill = ['export', 'backfill', 'payment/transfers', '--from', '2025-12-31T20:00', '--to', '2026-01-01'];
    assert.match((await onramp(...backfill, '--dry-run')).stderr, /Nothing was changed/);
    assert.equal((await runs.statuses('payment/transfers')).length, 3);
    const { stdout } = await onramp(...backfill, '--yes', '--json');
    assert.equal((JSON.parse(stdout) as { changes: unknown[] }).changes.length, 4);
    assert.equal((await runs.statuses('payment/transfers')).length, 7);
    await onramp('export', 'run', 'payment/transfers', '--at', '2025-12-30T10:30', '--yes');
    assert.equal((await runs.read('payment/transfers', '2025-12-30T09:00:00.000Z'))?.kind, 'manual');
    assert.match((await onramp('export', 'pause', 'payment/transfers', '--yes')).stdout, /active +paused/);
    assert.match((await onramp('export', 'pause', 'payment/transfers', '--yes')).stderr, /It would change nothing/);
    assert.match((await onramp('export', 'resume', 'payment/transfers', '--yes')).stdout, /paused +active/);
  });
});

describe('onramp pool', () => {
  it('lists slots, what uses them and what waits', async t => {
    const { onramp, runs } = await cloud(t);
    await runs.apply('payment/transfers', interval(2).start, { type: 'dispatch', attempt: 1 });
    const { stdout } = await onramp('pool', 'list', '--json');
    assert.deepEqual(JSON.parse(stdout), [
      { pool: 'payment', description: 'the payment database', slots: 4, used: 0, waiting: 1 },
    ]);
  });
});

describe('onramp export, of the configuration alone', () => {
  const files = {
    'buf.yaml': 'version: v2\nmodules:\n  - path: proto\n',
    'proto/a.proto': 'syntax = "proto3";\nmessage A {}\n',
    'services/pools.ini': '[payment]\nslots = 4\n',
    'services/payment/service.yaml': 'version: 1\nowner: payment@acme.example\nramps: {}\n',
    'services/payment/connections.yaml':
      'payment-db:\n  kind: postgres\n  host: 127.0.0.1\n  database: payment\n  user: exporter\n  auth: { secret: projects/acme-payment/secrets/db }\n',
    'services/payment/schedule.yaml':
      'project: acme-payment\ngcp_conn_id: payment-db\npool: payment\nschedule_interval: "0 * * * *"\n',
    'services/payment/exports/transfers.yaml': [
      'query: SELECT id FROM transfers WHERE at >= \'{{ execution_date.strftime("%Y-%m-%d %H:%M") }}\'',
      'incremental: true',
      'bigquery:',
      '  - project: acme-payment',
      '    dataset: payment',
      '    table: transfers',
      '    merge_query: MERGE {{ params.destination_table }} USING {{ params.staging_table }} ON FALSE',
      'contract: { unclassified: allow }',
      '',
    ].join('\n'),
  };

  async function configured(t: TestContext): Promise<string> {
    const root = await temporaryFolder(t);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return root;
  }

  it('renders the query and the merge query as they will run', async t => {
    const root = await configured(t);
    const args = ['export', 'render', 'payment/transfers', '--at', '2026-01-31T15:10', '--root', root];
    const { stdout, stderr, exitCode } = await runCaptured(args);
    assert.equal(stderr, 'payment/transfers, interval 2026-01-31T14:00Z to 2026-01-31T15:00Z\n\n');
    assert.match(stdout, /^-- query\nSELECT id FROM transfers WHERE at >= '2026-01-31 14:00'\n/);
    assert.match(
      stdout,
      /\n-- merge query of acme-payment\.payment\.transfers\nMERGE transfers USING transfers__staging_/,
    );
    assert.equal(exitCode, 0);
  });

  it('lists and shows', async t => {
    const root = await configured(t);
    const listed = await runCaptured(['export', 'list', '--root', root]);
    assert.match(listed.stdout, /payment\/transfers +0 \* \* \* \* +payment +payment@acme\.example/);
    const shown = await runCaptured(['export', 'show', 'payment/transfers', '--root', root]);
    assert.match(shown.stdout, /destination +acme-payment\.payment\.transfers \(merge\)/);
    const unknown = await runCaptured(['export', 'show', 'payment/transfer', '--root', root]);
    assert.match(unknown.stderr, /there is no export "payment\/transfer"\n {2}Did you mean/);
    assert.equal(unknown.exitCode, 2);
  });
});
