/**
 * How long an event takes from its publish until a query finds it: events are published at a steady rate while a query
 * asks, over and over, which of them are there. Usage: node test/bench/latency.ts [events per second] [seconds]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { departure } from '../support/events.ts';
import { startTestCloud } from '../support/local-cloud.ts';

const rate = Number(process.argv[2] ?? 200);
const seconds = Number(process.argv[3] ?? 20);
const total = rate * seconds;

await using test = await startTestCloud();
const topic = test.clients.pubsub.topic('ramp-flights-departures', {
  batching: { maxMessages: 100, maxMilliseconds: 5 },
});

// The first event makes the table, which is no part of the steady state.
await topic.publishMessage({ data: departure(0) });
await test.drained();

const publishedAt = new Map<number, number>();
const foundAt = new Map<number, number>();

const publishing = (async () => {
  const started = performance.now();
  const pending: Promise<string>[] = [];
  for (let id = 1; id <= total; id += 1) {
    const ahead = (id / rate) * 1000 - (performance.now() - started);
    if (ahead > 1) await sleep(ahead);
    publishedAt.set(id, performance.now());
    pending.push(topic.publishMessage({ data: departure(id) }));
  }
  await Promise.all(pending);
})();

let highest = 0;
const late = performance.now() + (seconds + 60) * 1000;
while (foundAt.size < total && performance.now() < late) {
  const [rows] = await test.clients.bigquery.query({
    query: 'SELECT DISTINCT distance_miles AS id FROM flights.departures WHERE distance_miles > @from',
    params: { from: highest },
  });
  const now = performance.now();
  for (const { id } of rows as { id: number }[]) if (!foundAt.has(id)) foundAt.set(id, now);
  // Everything up to here has been found, so that the query needs not look at it again.
  while (foundAt.has(highest + 1)) highest += 1;
  await sleep(20);
}
await publishing;

const latencies = [...foundAt].map(([id, at]) => at - (publishedAt.get(id) ?? at)).toSorted((a, b) => a - b);
const quantile = (q: number) =>
  latencies[Math.min(latencies.length - 1, Math.floor(q * latencies.length))] ?? Number.NaN;
console.log(`${foundAt.size} of ${total} events found, published at ${rate}/s`);
console.log(
  `publish to queryable: p50 ${quantile(0.5).toFixed(0)} ms, p99 ${quantile(0.99).toFixed(0)} ms, max ${quantile(1).toFixed(0)} ms`,
);
process.exitCode = foundAt.size === total ? 0 : 1;
