import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { create, toBinary } from '@bufbuild/protobuf';
import { logMessages } from '../../functions/core/log-messages.ts';
import type { Schema } from '../../functions/core/schema/descriptor-set.ts';
import { readStack } from '../../infra/render.ts';
import { compileSchemas } from '../../infra/schemas.ts';
import { publishLocally } from '../../local/publish.ts';
import { copiedRoot } from '../support/configuration-root.ts';
import { startTestCloud, type TestCloud, until } from '../support/local-cloud.ts';

/** How long BigQuery's write path goes on seeing a table as it was. */
const schemaDelayMillis = 5000;
/** Messages per second. */
const rate = 200;

type Row = Readonly<Record<string, unknown>>;

describe('a schema that changes while messages flow', () => {
  const configuration = copiedRoot();
  const { root } = configuration;
  let test: TestCloud;
  before(async () => {
    test = await startTestCloud({ root, schemaDelayMillis });
  });
  after(async () => {
    await test[Symbol.asyncDispose]();
    configuration[Symbol.dispose]();
  });

  const query = async (sql: string, params: Row = {}): Promise<Row[]> => {
    const [rows] = await test.clients.bigquery.query({ query: sql, params });
    return rows as Row[];
  };
  const compiled = (name: string): Schema => {
    const schema = compileSchemas(root).schemas?.get(name)?.schema;
    assert.ok(schema);
    return schema;
  };
  /** What the function has logged with a message, one object per line. */
  const logged = (message: string): Row[] =>
    readFileSync(join(test.folder, 'logs/hub-to-warehouse.log'), 'utf8')
      .split('\n')
      .filter(line => line.includes(JSON.stringify(message)))
      .map(line => JSON.parse(line) as Row);
  const deadLetters = () => query('SELECT onramp_dead_letter_reason AS reason FROM onramp.dead_letters');

  /** Publishes events with rising ids, at a steady rate, and finds out when each can be queried. */
  class Traffic {
    readonly publishedAt = new Map<number, number>();
    readonly foundAt = new Map<number, number>();
    /** Ids; unset as long as there may be more. */
    wanted: readonly number[] | undefined;
    readonly #topic;
    readonly #table: string;
    readonly #id: string;
    #last = 0;

    constructor(ramp: string, table: string, id: string) {
      this.#topic = test.clients.pubsub.topic(`ramp-${ramp}`, { batching: { maxMessages: 100, maxMilliseconds: 5 } });
      this.#table = table;
      this.#id = id;
    }

    /** Sends for some seconds what `message` makes of each id; answers with the ids. */
    async send(
      seconds: number,
      message: (id: number) => { schema: Schema; value: Record<string, unknown> },
    ): Promise<number[]> {
      const started = performance.now();
      const ids = Array.from({ length: rate * seconds }, () => ++this.#last);
      const pending: Promise<string>[] = [];
      for (const [index, id] of ids.entries()) {
        const ahead = (index / rate) * 1000 - (performance.now() - started);
        if (ahead > 1) await sleep(ahead);
        const { schema, value } = message(id);
        this.publishedAt.set(id, performance.now());
        const data = Buffer.from(toBinary(schema.message, create(schema.message, value)));
        const attributes = { onramp_schema: schema.name, onramp_schema_version: schema.version };
        pending.push(this.#topic.publishMessage({ data, attributes }));
      }
      await Promise.all(pending);
      return ids;
    }

    /** Looks for events until all that are wanted are there. */
    async follow(): Promise<void> {
      await until(
        `the events of ${this.#table}`,
        async () => {
          if (this.wanted?.every(id => this.foundAt.has(id))) return true;
          const sql = `SELECT DISTINCT ${this.#id} AS id FROM ${this.#table} WHERE ${this.#id} > @from`;
          // There is none while it is made anew.
          const rows = await query(sql, { from: this.#allUpTo() }).catch(() => []);
          const now = performance.now();
          for (const { id } of rows) if (!this.foundAt.has(Number(id))) this.foundAt.set(Number(id), now);
          return undefined;
        },
        120_000,
      );
    }

    #highest = 0;
    #allUpTo(): number {
      while (this.foundAt.has(this.#highest + 1)) this.#highest += 1;
      return this.#highest;
    }

    /** Milliseconds from publish to queryable that so many of these events did not exceed. */
    latency(ids: readonly number[], quantile: number): number {
      const all = ids.map(id => (this.foundAt.get(id) ?? Infinity) - (this.publishedAt.get(id) ?? 0));
      return all.toSorted((a, b) => a - b)[Math.floor(quantile * (all.length - 1))] ?? Infinity;
    }
  }

  it('gets its new columns filled within ten seconds, and neither loses nor delays anything', async t => {
    const old = compiled('flights.v1.Departure');
    const traffic = new Traffic('flights-departures', 'flights.departures', 'distance_miles');
    const ofOld = (id: number) => ({ schema: old, value: { distanceMiles: id, arrival: { delayMinutes: 1 } } });
    const following = traffic.follow();
    // The table is as new as the cloud is, and the stand-in for Pub/Sub begins slowly, as the service does.
    const first = await traffic.send(5, ofOld);
    await test.drained();
    const warm = await traffic.send(3, ofOld);

    const file = join(root, 'proto/flights/v1/departure.proto');
    const text = readFileSync(file, 'utf8')
      .replace(
        'Arrival arrival = 4;',
        'Arrival arrival = 4;\n  // Where the flight left from.\n  optional string gate = 5;',
      )
      .replace(
        'optional int32 late_minutes = 2;',
        'optional int32 late_minutes = 2;\n  // Where bags come out.\n  Belt belt = 3;',
      )
      .concat('\n// A baggage belt.\nmessage Belt {\n  // Its number.\n  int32 number = 1;\n}\n');
    writeFileSync(file, text);
    const next = compiled('flights.v1.Departure');
    const ofNext = (id: number) => ({
      schema: next,
      value: { distanceMiles: id, gate: `gate ${id}`, arrival: { belt: { number: id } } },
    });
    const started = performance.now();
    const [, during] = await Promise.all([
      publishLocally(
        readStack({ root, project: test.cloud.locator.project }),
        test.cloud.locator.project,
        test.clients,
      ),
      traffic.send(1, ofOld),
    ]);
    const mixed = await traffic.send(14, id => (id % 2 === 0 ? ofNext(id) : ofOld(id)));
    const wanted = [...first, ...warm, ...during, ...mixed];
    traffic.wanted = wanted;
    await following;

    const news = mixed.filter(id => id % 2 === 0);
    const olds = mixed.filter(id => id % 2 === 1);
    const firstNew = Math.min(...news.map(id => traffic.foundAt.get(id) ?? Infinity)) - started;
    const figures = [warm, olds, news].map(ids => [0.5, 0.99, 1].map(q => Math.round(traffic.latency(ids, q))));
    t.diagnostic(`first new value ${Math.round(firstNew)} ms after the start of publishing the schema`);
    t.diagnostic(`p50, p99, max in ms: ${figures.map(each => each.join(', ')).join('; ')} (before; old; new)`);
    assert.ok(firstNew < 10_000, `${firstNew} ms`);
    assert.ok(traffic.latency(olds, 1) < traffic.latency(warm, 1) + 2000, 'rows of the old version are not held up');

    const [counted] = await query(
      'SELECT COUNTIF(gate = CONCAT("gate ", CAST(distance_miles AS STRING)) AND arrival.belt.number = distance_miles) AS filled, ' +
        'COUNTIF(gate IS NULL AND arrival.belt IS NULL) AS unfilled FROM flights.departures',
    );
    assert.deepEqual(counted, { filled: news.length, unfilled: wanted.length - news.length });
    assert.deepEqual(logged(logMessages.redelivered), []);
    await test.drained();
    assert.deepEqual(await deadLetters().catch(() => []), []);
  });

  it('goes on where somebody has made the table with another type: values go to a recovery column, with a warning', async t => {
    const quake = compiled('quakes.v1.Quake');
    const traffic = new Traffic('quakes-detected', 'quakes.detected', 'significance');
    const ofQuake = (id: number) => ({
      schema: quake,
      value: { id: `q${id}`, title: `title ${id}`, significance: BigInt(id) },
    });
    const following = traffic.follow();
    await traffic.send(3, ofQuake);

    const table = test.clients.bigquery.dataset('quakes').table('detected');
    const [metadata] = (await table.getMetadata()) as unknown as [{ schema: { fields: { name: string }[] } }];
    const fields = metadata.schema.fields.map(field =>
      field.name === 'title' ? { name: 'title', type: 'INTEGER' } : field,
    );
    let firstAfter = 0;
    const [sent] = await Promise.all([
      traffic.send(15, ofQuake),
      (async () => {
        await sleep(1000);
        await table.delete();
        await test.clients.bigquery.dataset('quakes').createTable('detected', { schema: { fields } });
        firstAfter = Math.max(...traffic.publishedAt.keys()) + 1;
      })(),
    ]);
    // What was written before, somebody has deleted.
    const wanted = sent.filter(id => id >= firstAfter);
    traffic.wanted = wanted;
    assert.ok(wanted.length > rate * 10);
    await following;

    t.diagnostic(`max ${Math.round(traffic.latency(wanted, 1))} ms from publish to queryable`);
    const ids = { first: firstAfter };
    const [row] = await query(
      'SELECT COUNT(DISTINCT significance) AS events, COUNTIF(title IS NULL) AS moved, ' +
        'COUNTIF(title_2 = CONCAT("title ", CAST(significance AS STRING))) AS kept, COUNT(*) AS n ' +
        'FROM quakes.detected WHERE significance >= @first',
      ids,
    );
    assert.equal(row?.['events'], wanted.length);
    assert.deepEqual([row['moved'], row['kept']], [row['n'], row['n']]);
    await test.drained();
    assert.deepEqual(await deadLetters().catch(() => []), []);
    const [line] = logged(logMessages.recovered);
    const { severity, table: named, column, recovery } = line ?? {};
    assert.deepEqual([severity, named, column, recovery], ['WARNING', 'quakes.detected', 'title', 'title_2']);
  });
});
