/**
 * How long it takes from a tick of the schedule until an interval's rows are merged into BigQuery and announced on
 * batch-events: with the real functions, a real PostgreSQL and the stand-ins. The first interval makes the table and is
 * not counted. Usage: node test/bench/batch-latency.ts [rows] [intervals]
 */
import { availableParallelism, loadavg } from 'node:os';
import type { Client } from 'pg';
import { type BatchEvent, decodeBatchEvent } from '../../functions/core/batch/events.ts';
import { topics } from '../../functions/core/names.ts';
import { until } from '../support/local-cloud.ts';
import { changedInInterval, mergeById, shopWorld } from '../support/shop-world.ts';

const rows = Number(process.argv[2] ?? 100_000);
const intervals = Number(process.argv[3] ?? 3) + 1;
const hour = 3_600_000;
/** Seconds. */
const bar = 10;

const start = Math.floor(Date.now() / hour) * hour - intervals * hour;
const shop = {
  start: new Date(start),
  schedule: 'depends_on_past: true\n',
  exports: {
    lines: `query: SELECT * FROM lines WHERE ${changedInInterval}
contract: { unclassified: allow }
incremental: true
bigquery:
  - dataset: shop
    table: lines
${mergeById('quantity', 'changed_at')}`,
  },
};
const fill = (source: Client) =>
  source.query(`
    CREATE TABLE lines AS
    SELECT n AS id, n % 10000 AS part, n % 50 AS quantity, (n * 1.25)::numeric(12, 2) AS price, 'in transit' AS status,
      date '2020-01-01' + n % 1000 AS shipped, md5(n::text) AS comment, timestamptz 'epoch' AS changed_at
    FROM generate_series(1, ${rows}) n`);

{
  await using world = await shopWorld(shop, fill);
  const { test, source, runs } = world;
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
