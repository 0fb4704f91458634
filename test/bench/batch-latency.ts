/**
 * How long it takes from a tick of the schedule until an interval's rows are merged into BigQuery and announced on
 * batch-events: with the real functions, a real PostgreSQL and the stand-ins. The first interval makes the table and is
 * not counted. Usage: node test/bench/batch-latency.ts [rows] [intervals]
 */
import { availableParallelism, loadavg } from 'node:os';
import pg from 'pg';
import { documentsOf } from '../../functions/clients/documents.ts';
import { createRunStore } from '../../functions/clients/run-store.ts';
import { type BatchEvent, decodeBatchEvent } from '../../functions/core/batch/events.ts';
import { batchBuckets, topics } from '../../functions/core/names.ts';
import { configurationRoot } from '../support/configuration-root.ts';
import { startPostgres } from '../support/database-server.ts';
import { startTestCloud, until } from '../support/local-cloud.ts';

const rows = Number(process.argv[2] ?? 100_000);
const intervals = Number(process.argv[3] ?? 3) + 1;
const hour = 3_600_000;
/** Seconds. */
const bar = 10;

const start = Math.floor(Date.now() / hour) * hour - intervals * hour;
using configuration = configurationRoot({
  'services/pools.ini': '[shops]\nslots = 2\n',
  'services/shop/service.yaml': 'version: 1\nowner: shop-team@example.com\nramps: {}\n',
  'services/shop/schedule.yaml': `project: acme-shop
gcp_conn_id: shop-db
pool: shops
schedule_interval: "@hourly"
start_date: "${new Date(start).toISOString().replace('.000', '')}"
catchup: true
depends_on_past: true
`,
  'services/shop/connections.yaml': `shop-db:
  kind: postgres
  instance: acme-shop:asia-northeast1:shop
  database: postgres
  user: onramp
  auth: { secret: projects/acme-shop/secrets/shop-db-password }
`,
  'services/shop/exports/lines.yaml': `query: |
  SELECT * FROM lines
  WHERE changed_at >= '{{ execution_date.isoformat() }}' AND changed_at < '{{ next_execution_date.isoformat() }}'
contract: { unclassified: allow }
incremental: true
bigquery:
  - dataset: shop
    table: lines
    merge_query: |
      MERGE \`{{ params.destination_project }}.{{ params.destination_dataset }}.{{ params.destination_table }}\` T
      USING \`{{ params.destination_project }}.{{ params.destination_dataset }}.{{ params.staging_table }}\` S
      ON T.id = S.id
      WHEN MATCHED THEN UPDATE SET quantity = S.quantity, changed_at = S.changed_at
      WHEN NOT MATCHED THEN INSERT ROW
`,
});

const database = await startPostgres();
const { port, user, password, database: name } = database;
const source = new pg.Client({ host: '127.0.0.1', port, user, password, database: name });
await source.connect();
await source.query(`
  CREATE TABLE lines AS
  SELECT n AS id, n % 10000 AS part, n % 50 AS quantity, (n * 1.25)::numeric(12, 2) AS price, 'in transit' AS status,
    date '2020-01-01' + n % 1000 AS shipped, md5(n::text) AS comment, timestamptz 'epoch' AS changed_at
  FROM generate_series(1, ${rows}) n`);

{
  await using test = await startTestCloud({
    root: configuration.root,
    databases: { 'shop/shop-db': { host: '127.0.0.1', port } },
  });
  const runs = createRunStore(
    documentsOf(test.clients.storage.bucket(batchBuckets.state(test.cloud.locator.project))),
    () => new Date(),
  );
  const announced = new Map<string, number>();
  const [seen] = await test.clients.pubsub.topic(topics.batchEvents).createSubscription('seen');
  seen.on('message', message => {
    const { event, interval }: BatchEvent = decodeBatchEvent(message.data);
    if (event.type === 'run_done' && interval) announced.set(interval.start, Date.now());
    message.ack();
  });

  const load = () => loadavg()[0]?.toFixed(1);
  console.log(`${rows} rows, 8 columns; load of the machine ${load()} on ${availableParallelism()} cores`);
  const took: number[] = [];
  for (let interval = 0; interval < intervals; interval += 1) {
    const from = new Date(start + interval * hour).toISOString();
    await source.query(`UPDATE lines SET quantity = quantity + 1, changed_at = '${from}'`);
    const tick = Date.now();
    await test.cloud.runSchedule('plan-runs');
    const end = await until(`${from} is announced`, () => announced.get(from), 120_000);
    const [attempt] = (await runs.read('shop/lines', from))?.attempts ?? [];
    if (attempt?.outcome !== 'done' || attempt.rows !== rows) throw new Error(JSON.stringify(attempt));
    const phases: [string, string | number | undefined][] = [
      ['queued', attempt.queued],
      ['exporting', attempt.exportStarted],
      ['exported', attempt.exportEnded],
      ['loading', attempt.loadStarted],
      ['done', attempt.ended],
      ['announced', end],
    ];
    let before = tick;
    const texts = phases.map(([phase, at]) => {
      const moment = new Date(at ?? Number.NaN).getTime();
      const text = `${phase} +${((moment - before) / 1000).toFixed(2)}`;
      before = moment;
      return text;
    });
    const seconds = (end - tick) / 1000;
    console.log(
      `${interval === 0 ? 'first   ' : `interval ${interval}`}: tick → ${texts.join(' → ')} s; ${seconds.toFixed(2)} s in all`,
    );
    if (interval > 0) took.push(seconds);
  }
  const worst = Math.max(...took);
  console.log(`slowest ${worst.toFixed(2)} s, the bar is ${bar} s; load of the machine ${load()}`);
  process.exitCode = worst < bar ? 0 : 1;
  await seen.close();
}
await source.end();
await database.close();
