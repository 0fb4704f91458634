/**
 * How many events per second the whole stream carries on this machine, stand-ins and publisher included: a fixed set is
 * published at once, and the clock stops when the last is at rest everywhere. Usage: node test/bench/throughput.ts [events]
 */
import { DemoPublisher, demoEvents } from '../../local/demo/publisher.ts';
import { repository, startTestCloud } from '../support/local-cloud.ts';

const total = Number(process.argv[2] ?? 20_000);

await using test = await startTestCloud();
const publisher = new DemoPublisher(test.clients.pubsub);
const events = demoEvents(repository).take(total).toArray();

const started = performance.now();
for (const event of events) await publisher.publish(event);
await publisher.flush();
const published = performance.now();
await test.drained();
const ended = performance.now();

const rate = (millis: number) => `${Math.round((total / millis) * 1000)} events/s`;
console.log(`${total} events`);
console.log(`published:  ${rate(published - started)}`);
console.log(`everywhere: ${rate(ended - started)} (${((ended - started) / 1000).toFixed(1)} s)`);
