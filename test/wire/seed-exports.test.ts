import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createDestinationLocks } from '../../functions/clients/destination-lock.ts';
import { documentsOf } from '../../functions/clients/documents.ts';
import { exportedFilesOf } from '../../functions/clients/exported-files.ts';
import { loadsOf } from '../../functions/clients/loads.ts';
import { createNewObjects } from '../../functions/clients/object-stream.ts';
import { createRunStore } from '../../functions/clients/run-store.ts';
import type { BatchService, ExportConfig } from '../../functions/core/batch/config.ts';
import type { BatchEvent } from '../../functions/core/batch/events.ts';
import type { Interval } from '../../functions/core/batch/interval.ts';
import { exportRequest } from '../../functions/core/batch/rendered-export.ts';
import { intervalsBetween } from '../../functions/core/batch/schedule.ts';
import type { Message } from '../../functions/core/stage.ts';
import { openSource } from '../../functions/sources/open-source.ts';
import { createExport } from '../../functions/stages/export.ts';
import { createLoadStage } from '../../functions/stages/load.ts';
import { createLoadDestination } from '../../functions/stages/load-destination.ts';
import { validateBatch } from '../../infra/config/batch/validate-batch.ts';
import { type DatabaseKind, mariadb, mysql, postgres, type Session } from '../support/database-kinds.ts';
import { project, startStorageAndBigquery } from './support/storage-and-bigquery.ts';

const bucket = 'exports';

/** The article's files; where the database is and where the rows go are this machine's. */
const fixture = (name: string) =>
  readFileSync(join(import.meta.dirname, '../unit/infra/batch/fixture', name), 'utf8').replace(
    'project: test_project',
    `project: ${project}`,
  );

interface Engine extends DatabaseKind {
  readonly timestamp: string;
}

const engines: readonly Engine[] = [
  { ...postgres, timestamp: 'timestamp' },
  { ...mariadb, timestamp: 'datetime(6)' },
  { ...mysql, timestamp: 'datetime(6)' },
];

async function pipelineUnderTest(t: TestContext, engine: Engine) {
  const server = await engine.start();
  const sessions: Session[] = [];
  t.after(async () => {
    for (const each of sessions) await each.end();
    await server.close();
  });
  const { client, warehouse, close } = await startStorageAndBigquery();
  t.after(close);
  await Promise.all([
    client.createBucket(bucket),
    client.createBucket('state'),
    warehouse.createDataset('test_dataset'),
  ]);
  const documents = documentsOf(client.bucket('state'));
  const openBucket = await createNewObjects();

  /** Reads the article's schedule with one export, connected to the server. */
  const configure = (text: string): { service: BatchService; config: ExportConfig } => {
    const connections = [
      'my-gcp-project-conn:',
      `  kind: ${engine.kind}`,
      '  host: 127.0.0.1',
      `  port: ${server.port}`,
      `  database: ${server.database}`,
      `  user: ${server.user}`,
      '  auth: { secret: projects/my-gcp-project/secrets/password }',
    ];
    const others = fixture('connections.yaml').slice(fixture('connections.yaml').indexOf('pager-duty-conn:'));
    const { services, problems } = validateBatch(
      [
        {
          service: 'my-service',
          owner: 'team@example.com',
          project: undefined,
          schedule: { file: 'schedule.yaml', text: fixture('schedule.yaml') },
          connections: { file: 'connections.yaml', text: `${connections.join('\n')}\n${others}` },
          exports: [{ id: 'test_table', file: 'test_table.yaml', text }],
        },
      ],
      undefined,
      { file: 'pools.ini', text: fixture('pools.ini') },
    );
    assert.deepEqual(problems, []);
    const [service] = services;
    const [config] = service?.exports ?? [];
    assert.ok(service && config);
    return { service, config };
  };

  /** Exports and loads one interval, as the functions do. */
  const run = async ({ service, config }: ReturnType<typeof configure>, interval: Interval) => {
    const events: BatchEvent[] = [];
    const tell = (event: BatchEvent) => Promise.resolve(void events.push(event));
    const request = exportRequest(service, config, { interval, started: interval.end, kind: 'manual' }, 1, bucket);
    await createExport({
      openSource,
      openBucket,
      publish: tell,
      secret: () => Promise.resolve(Buffer.from(server.password)),
      isWanted: () => Promise.resolve(true),
      now: () => new Date(),
    })(request);
    const stage = createLoadStage({
      catalogue: () => Promise.resolve({ version: 1, pools: [], services: [service] }),
      exports: exportedFilesOf(client.bucket(bucket)),
      runs: createRunStore(documents, () => new Date()),
      locks: createDestinationLocks(documents),
      loadDestination: createLoadDestination({ loads: loadsOf(warehouse), documents, now: () => new Date() }),
      tell,
      now: () => new Date(),
    });
    const attributes = { bucketId: bucket, objectId: `${request.prefix}manifest.json`, eventType: 'OBJECT_FINALIZE' };
    const [outcome] = await stage.handle([{ attributes } as unknown as Message]);
    const kind = (await outcome)?.kind;
    const told = events.map(({ event }) => event);
    assert.equal(kind, 'done', JSON.stringify(told));
    assert.deepEqual(
      told.map(({ type }) => type),
      ['export_started', 'export_complete', 'load_started', 'load_complete'],
      JSON.stringify(told),
    );
  };
  const rows = async (table: string, order: string) => {
    const [found] = await warehouse.query(
      `SELECT TO_JSON_STRING(t) AS row FROM test_dataset.${table} t ORDER BY ${order}`,
    );
    return (found as { row: string }[]).map(({ row }) => row);
  };
  const session = async () => {
    const opened = await engine.connect(server);
    sessions.push(opened);
    return opened;
  };
  return { session, configure, run, rows };
}

const day = (number: number) => Date.UTC(2026, 0, number, 15);
const text = (millis: number) => new Date(millis).toISOString().slice(0, 23).replace('T', ' ');

/** Numbers that look random and are the same each time. */
function generator(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

for (const engine of engines) {
  describe(`the article’s exports of ${engine.name}`, { skip: engine.skip }, () => {
    it('export and load a whole table, as printed', async t => {
      const { session, configure, run, rows } = await pipelineUnderTest(t, engine);
      const service = await session();
      await service.run('CREATE TABLE test_table (column1 integer, column2 varchar(100))');
      await service.run(`INSERT INTO test_table VALUES (1, 'one'), (2, NULL), (NULL, 'three')`);
      const configured = configure(fixture('full.yaml'));
      const [interval] = intervalsBetween(configured.config.schedule, new Date(day(1)), new Date(day(2)), 1);
      assert.ok(interval);
      await run(configured, interval);
      assert.deepEqual(await rows('test_table', 'column1 NULLS LAST'), [
        '{"column1":1,"column2":"one"}',
        '{"column1":2,"column2":null}',
        '{"column1":null,"column2":"three"}',
      ]);
    });

    it('give the same table by 30 increments as at once, with late commits and all', async t => {
      const { session, configure, run, rows } = await pipelineUnderTest(t, engine);
      const service = await session();
      await service.run(
        `CREATE TABLE test_table (id integer PRIMARY KEY, column1 integer, column2 varchar(100),
         updated_at ${engine.timestamp}, created_at ${engine.timestamp})`,
      );
      // What is committed up to a day after it was stamped is read by the next run.
      const increments = configure(`${fixture('incremental-mended.yaml')}\noverlap: 1440\n`);
      const intervals = intervalsBetween(increments.config.schedule, new Date(day(1)), new Date(day(40)), 30);
      assert.equal(intervals.length, 30);
      const random = generator(20_260_101);
      let last = 0;
      const change = (start: number) => {
        const at = text(start + random(86_400_000));
        if (last > 0 && random(2) === 0) {
          const id = 1 + random(last);
          return `UPDATE test_table SET column1 = ${random(1000)}, column2 = 'changed', updated_at = '${at}' WHERE id = ${id}`;
        }
        last += 1;
        return `INSERT INTO test_table VALUES (${last}, ${random(1000)}, 'row ${last}', '${at}', '${at}')`;
      };
      for (const interval of intervals) {
        const start = Date.parse(interval.start);
        for (let count = random(8); count > 0; count -= 1) await service.run(change(start));
        // Stamped in this interval, and committed when its rows have been read.
        const open = await session();
        await open.run('BEGIN');
        last += 1;
        const at = text(start + random(86_400_000));
        await open.run(`INSERT INTO test_table VALUES (${last}, 1, 'late', '${at}', '${at}')`);
        await run(increments, interval);
        await open.run('COMMIT');
      }
      // The last late commit is of an interval that a further run reads again.
      const [end] = intervalsBetween(
        increments.config.schedule,
        new Date(intervals.at(-1)?.end ?? 0),
        new Date(day(60)),
        1,
      );
      assert.ok(end);
      await run(increments, end);

      const whole = configure(
        'query: SELECT id, column1, column2, updated_at, created_at FROM test_table\n' +
          `bigquery: [{ project: ${project}, dataset: test_dataset, table: whole_table }]\n`,
      );
      await run(whole, { ...end, start: new Date(Date.parse(end.start) + 1000).toISOString() });
      const once = await rows('whole_table', 'id');
      assert.ok(once.length > 60, `${once.length} rows`);
      assert.deepEqual(await rows('test_table', 'id'), once);
    });
  });
}
