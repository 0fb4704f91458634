import assert from 'node:assert/strict';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readContainer } from '../../functions/core/codec/avro-container.ts';
import { lakePrefix } from '../../functions/core/lake-path.ts';
import { accountEmail, buckets, subscriptions, topics } from '../../functions/core/names.ts';
import { connect } from '../../local/clients.ts';
import type { Denial } from '../../local/iam/access-control.ts';
import type { Binding } from '../../local/iam/bindings.ts';
import { serviceAgent } from '../../local/iam/service-agent.ts';
import { type ConfigurationRoot, copiedRoot } from '../support/configuration-root.ts';
import { departure } from '../support/events.ts';
import { createDrill, emailOf } from '../support/iam-drill.ts';
import { startTestCloud, type TestCloud, until } from '../support/local-cloud.ts';

const publisher = 'flights-api@example-flights.iam.gserviceaccount.com';
const reader = 'analysts@example.com';
const lakeReader = 'ml@example.com';
const rawReader = 'privacy@example.com';

/** The example services, one of which names a publisher and a reader. */
function rootWithMembers(): ConfigurationRoot {
  const configuration = copiedRoot();
  const members =
    `publishers: [serviceAccount:${publisher}]\nreaders: [group:${reader}]\n` +
    `lake_readers: [group:${lakeReader}]\nraw_readers: [group:${rawReader}]\n`;
  appendFileSync(join(configuration.root, 'services/flights/service.yaml'), members);
  return configuration;
}

describe('the declared grants', () => {
  const configuration = rootWithMembers();
  let test: TestCloud;
  let drill: ReturnType<typeof createDrill>;
  before(async () => {
    test = await startTestCloud({ root: configuration.root });
    drill = createDrill(test);
  });
  after(async () => {
    await test[Symbol.asyncDispose]();
    configuration[Symbol.dispose]();
  });

  const project = () => test.cloud.locator.project;
  const count = async (table: string, eventId: string) => {
    const query = `SELECT COUNT(*) AS n FROM ${table} WHERE onramp_event_id = @eventId`;
    const [rows] = await test.clients.bigquery.query({ query, params: { eventId } });
    return (rows as { n: number }[])[0]?.n;
  };
  const inLake = async (bucket: string, eventId: string) => {
    const ramp = eventId.split('/').slice(0, 2).join('/');
    const [files] = await test.clients.storage.bucket(bucket).getFiles({ prefix: lakePrefix(ramp) });
    const records = await Promise.all(
      files.map(async file => (await readContainer((await file.download())[0])).records as Record<string, unknown>[]),
    );
    return records.flat().filter(record => record['onramp_event_id'] === eventId).length;
  };
  const publishAs = async (caller: string) => {
    const clients = connect(await test.cloud.reachAs(caller));
    try {
      await clients.pubsub.topic(topics.ramp('flights', 'departures')).publishMessage({ data: departure(3) });
    } finally {
      await clients.close();
    }
  };
  const readAs = async (caller: string) => {
    const clients = connect(await test.cloud.reachAs(caller));
    try {
      const [rows] = await clients.bigquery.dataset('flights').table('departures').getRows();
      assert.ok(rows.length > 0);
    } finally {
      await clients.close();
    }
  };

  const readLakeAs = async (caller: string) => {
    const clients = connect(await test.cloud.reachAs(caller));
    const bucket = caller === rawReader ? buckets.rawLake : buckets.structuredLake;
    try {
      const [files] = await clients.storage
        .bucket(bucket(project()))
        .getFiles({ prefix: lakePrefix('flights/departures') });
      assert.ok(files[0]);
      await files[0].download();
    } finally {
      await clients.close();
    }
  };

  it('suffice for every flow', async () => {
    const denials: Denial[] = [];
    const stop = test.cloud.access.onDenied(denial => denials.push(denial));
    const { flight, quake, oversized, brimful } = await drill.publish();
    await publishAs(publisher);
    await test.drained();

    const { rawLake, structuredLake, deadLetter } = buckets;
    for (const [eventId, table] of [
      [flight, 'flights.departures'],
      [quake, 'quakes.detected'],
    ] as const) {
      assert.equal(await count(table, eventId), 1);
      assert.equal(await count(`${table}_deduplicated`, eventId), 1);
      for (const lake of [rawLake, structuredLake]) assert.equal(await inLake(lake(project()), eventId), 1);
    }
    for (const eventId of [oversized, brimful]) {
      assert.equal(await inLake(rawLake(project()), eventId), 1);
      // Set aside by each of the two stages that decode; stored in files and in the table alike.
      assert.equal(await inLake(deadLetter(project()), eventId), 2);
      assert.equal(await count('onramp.dead_letters', eventId), 2);
    }
    await readAs(reader);
    await readLakeAs(lakeReader);
    await readLakeAs(rawReader);

    const unknown = await drill.publishUnknown();
    await test.drained();
    assert.equal(await drill.waiting(), 2);
    await unknown.makeKnown();
    await until('nothing waits any more', async () => (await drill.waiting()) === 0 || undefined);
    await test.drained();
    assert.equal(await count('flights.departures', unknown.eventId), 1);
    assert.equal(await inLake(structuredLake(project()), unknown.eventId), 1);
    assert.equal(await count('onramp.open_dead_letters', unknown.eventId), 0);

    const givenUp = await drill.exhaust('hub-to-raw-lake');
    await test.drained();
    await drill.exhaust('dead-letter');
    assert.equal(await count('onramp.dead_letters', givenUp), 1);
    assert.equal(drill.backlogOf(subscriptions.deadLetterParked), 1);
    stop();
    assert.deepEqual(denials, []);
  });

  it('are needed, each of them, by some flow', async t => {
    const agent = serviceAgent(test.cloud.inventory, 'pubsub');
    const healer = accountEmail('heal-dead-letters', project());
    const on = ({ resource }: Binding, name: string) => resource.endsWith(`/${name}`);
    for (const binding of drill.declared) {
      const caller = emailOf(binding);
      const movesDeadLetters = caller === agent && binding.role.startsWith('roles/pubsub.');
      const isMember = [publisher, reader, lakeReader, rawReader].includes(caller);
      const onSecret = binding.resource.includes('/secrets/');
      const heals = caller === healer || on(binding, topics.schemaPublished) || on(binding, 'heal-dead-letters');
      const ofStage = onSecret ? bySecret : heals ? byHealing : byStream;
      const prove = movesDeadLetters ? byGivingUp : isMember ? byMember : ofStage;
      await t.test(binding.name, () => prove(binding));
    }
  });

  /** Without the grant, messages on their way through the stages get stuck. */
  const byStream = async (binding: Binding) => {
    let stuck: string[] = [];
    const refused = await drill.without(binding, async () => {
      // What a function has read, or opened, it holds on to.
      const held = [buckets.registry(project()), '/datasets/'].some(each => binding.resource.includes(each));
      if (held) await drill.restartFunctionOf(emailOf(binding));
      await drill.publish();
      stuck = await drill.answered();
    });
    assert.ok(refused.length > 0, 'nothing ever asks for it');
    assert.ok(stuck.length > 0, 'every message gets through without it');
    await test.drained();
  };

  /** Without the grant, the function that is given the secret does not start, and says why in Cloud Run's words. */
  const bySecret = async (binding: Binding) => {
    let stuck: string[] = [];
    const found = test.cloud.functions.find(each => emailOf(binding).startsWith(`${each.state().name}@`));
    await drill.without(binding, async refused => {
      found?.kill('SIGKILL');
      await until('it is refused', () => refused.length > 0 || undefined);
      await drill.publish();
      stuck = await drill.answered();
    });
    assert.deepEqual(
      stuck.map(name => name.replace(/^.*\//, '')),
      [found?.state().name],
    );
    const log = readFileSync(join(test.folder, `logs/${found?.state().name ?? ''}.log`), 'utf8');
    assert.match(
      log,
      new RegExp(`Permission denied on secret: ${binding.resource}/versions/1 for Revision service account`),
    );
    await test.drained();
  };

  /** Without the grant, a message that waits for its schema version goes on waiting; with it again, it goes on. */
  const byHealing = async (binding: Binding) => {
    const refused = await drill.without(binding, async denials => {
      if (binding.resource.includes('/datasets/')) await drill.restartFunctionOf(emailOf(binding));
      const { makeKnown } = await drill.publishUnknown();
      await drill.answered();
      await makeKnown();
      await until('it is refused', () => denials.length > 0 || undefined);
      await drill.answered();
      assert.ok((await drill.waiting()) > 0, 'it goes on without it');
    });
    assert.ok(refused.length > 0, 'nothing ever asks for it');
    await until('nothing waits any more', async () => (await drill.waiting()) === 0 || undefined);
    await test.drained();
  };

  /** Without the grant, a message that is given up cannot be moved; with it again, it can. */
  const byGivingUp = async (binding: Binding) => {
    const on = binding.resource.replace(/^.*\//, '');
    const parking = on === topics.deadLetterParked;
    const parkedBy: string[] = [subscriptions.deadLetter, subscriptions.schemaPublished];
    const subscription = binding.resource.includes('/topics/') ? (parking ? 'dead-letter' : 'hub-to-raw-lake') : on;
    const parked = drill.backlogOf(subscriptions.deadLetterParked);
    const eventId = await drill.exhaust(subscription, async () => {
      await drill.without(binding, async refused => {
        await until('it is refused', () => refused.length > 0 || drill.backlogOf(subscription) === 0 || undefined);
        assert.ok(refused.length > 0, 'the message was moved without it');
        assert.equal(drill.backlogOf(subscription), 1);
      });
    });
    await test.drained();
    if (parkedBy.includes(subscription)) assert.equal(drill.backlogOf(subscriptions.deadLetterParked), parked + 1);
    else assert.equal(await count('onramp.dead_letters', eventId), 1);
  };

  /** Without the grant, somebody outside cannot publish, or read; with it again, they can. */
  const byMember = async (binding: Binding) => {
    const reads = emailOf(binding) === reader ? readAs : readLakeAs;
    const attempt = binding.role === 'roles/pubsub.publisher' ? publishAs : reads;
    const code = binding.role === 'roles/pubsub.publisher' ? 7 : 403;
    const refused = await drill.without(binding, () => assert.rejects(attempt(emailOf(binding)), { code }));
    assert.ok(refused.length > 0);
    await attempt(emailOf(binding));
    await test.drained();
  };
});
