import assert from 'node:assert/strict';
import { hash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { readContainer } from '../../functions/core/codec/avro-container.ts';
import { lakePrefix } from '../../functions/core/lake-path.ts';
import { buckets } from '../../functions/core/names.ts';
import { departure, payload } from '../support/events.ts';
import { startTestCloud, type TestCloud } from '../support/local-cloud.ts';

type Record_ = Readonly<Record<string, unknown>>;

describe('the stream', () => {
  let test: TestCloud;
  before(async () => {
    test = await startTestCloud();
  });
  after(() => test[Symbol.asyncDispose]());

  const publish = async (ramp: string, data: Buffer, attributes: Record<string, string> = {}, orderingKey?: string) => {
    const topic = test.clients.pubsub.topic(`ramp-${ramp.replace('/', '-')}`, {
      messageOrdering: orderingKey !== undefined,
    });
    const id = await topic.publishMessage({ data, attributes, ...(orderingKey !== undefined && { orderingKey }) });
    return `${ramp}/${id}`;
  };

  const lakeRecord = async (bucket: string, ramp: string, eventId: string): Promise<Record_ | undefined> => {
    const [files] = await test.clients.storage.bucket(bucket).getFiles({ prefix: lakePrefix(ramp) });
    for (const file of files) {
      const { records } = await readContainer((await file.download())[0]);
      const found = (records as Record_[]).find(record => record['onramp_event_id'] === eventId);
      if (found) return found;
    }
    return undefined;
  };
  const raw = (ramp: string, eventId: string) => lakeRecord(buckets.rawLake(test.cloud.locator.project), ramp, eventId);
  const structured = (ramp: string, eventId: string) =>
    lakeRecord(buckets.structuredLake(test.cloud.locator.project), ramp, eventId);
  const query = async (sql: string, params: Record_ = {}): Promise<Record_[]> => {
    const [rows] = await test.clients.bigquery.query({ query: sql, params });
    return rows as Record_[];
  };
  const letters = (eventId: string) =>
    query(
      'SELECT onramp_dead_letter_stage AS stage, onramp_dead_letter_reason AS reason, payload ' +
        'FROM onramp.dead_letters WHERE onramp_event_id = @eventId ORDER BY stage',
      { eventId },
    );

  /** Both decoding sinks set the event aside for this reason, with its bytes; the raw lake has it all the same. */
  const assertSetAside = async (eventId: string, reason: string, data: Buffer) => {
    await test.drained();
    const ramp = eventId.split('/').slice(0, 2).join('/');
    const record = await raw(ramp, eventId);
    assert.deepEqual(record?.['payload'], data);
    const found = await letters(eventId);
    assert.deepEqual(
      found.map(letter => [letter['stage'], letter['reason']]),
      [
        ['hub-to-structured-lake', reason],
        ['hub-to-warehouse', reason],
      ],
    );
  };

  it('brings an event to all three sinks, with the publisher’s attributes and order key', async () => {
    const data = departure(1);
    const eventId = await publish('flights/departures', data, { trace: 'abc', 'x-tenant': 'tokyo' }, 'gate-7');
    await test.drained();

    const record = await raw('flights/departures', eventId);
    assert.deepEqual(record?.['payload'], data);
    assert.deepEqual(record['onramp_attributes'], { trace: 'abc', 'x-tenant': 'tokyo' });
    assert.equal(record['onramp_ordering_key'], 'gate-7');
    assert.equal(record['onramp_sha256'], hash('sha256', data, 'hex'));

    const decoded = await structured('flights/departures', eventId);
    assert.equal(decoded?.['distance_miles'], 1);
    assert.equal(decoded['punctuality'], 'PUNCTUALITY_EARLY');
    assert.deepEqual(decoded['arrival'], { delay_minutes: -3, late_minutes: null });

    const [row] = await query(
      'SELECT distance_miles, punctuality, arrival, onramp_ordering_key, departed_at ' +
        'FROM flights.departures WHERE onramp_event_id = @eventId',
      { eventId },
    );
    assert.deepEqual(row, {
      distance_miles: 1,
      punctuality: 'PUNCTUALITY_EARLY',
      arrival: { delay_minutes: -3, late_minutes: null },
      onramp_ordering_key: 'gate-7',
      departed_at: null,
    });
  });

  it('shows an event once in the deduplicated view, though its row was written twice', async () => {
    const eventId = await publish('flights/departures', departure(2));
    await test.drained();
    // The hub delivers at least once: the same event again, as after a crash between publish and acknowledgement.
    const [message] = await hubCopy(eventId, departure(2));
    assert.ok(message);
    await test.drained();
    const count = async (table: string) => {
      const sql = `SELECT COUNT(*) AS n FROM flights.${table} WHERE onramp_event_id = @eventId`;
      return (await query(sql, { eventId }))[0]?.['n'];
    };
    assert.equal(await count('departures'), 2);
    assert.equal(await count('departures_deduplicated'), 1);
  });

  const hubCopy = (eventId: string, data: Buffer) =>
    test.cloud.pubsub.publish(`projects/${test.cloud.locator.project}/topics/hub`, [
      {
        data,
        attributes: {
          onramp_ramp: 'flights/departures',
          onramp_event_id: eventId,
          onramp_publish_time: '2026-01-01T00:00:00Z',
          onramp_schema: 'flights.v1.Departure',
        },
      },
    ]);

  it('makes the table partitioned, clustered, described and labelled', async () => {
    await publish('quakes/detected', payload('quakes.v1.Quake', { id: 'q1' }));
    await test.drained();
    const [table] = (await test.clients.bigquery.dataset('quakes').table('detected').getMetadata()) as unknown as [
      Record_,
    ];
    assert.deepEqual(table['timePartitioning'], {
      type: 'DAY',
      field: 'onramp_publish_time',
      expirationMs: String(400 * 86_400_000),
    });
    assert.deepEqual(table['clustering'], { fields: ['network', 'kind'] });
    assert.match(String(table['description']), /seismic event/);
    const { fields } = table['schema'] as { fields: Record_[] };
    assert.match(String(fields.find(field => field['name'] === 'network')?.['description']), /preferred/);
  });

  it('carries an image of a ramp without schema to the raw lake alone', async () => {
    const data = randomBytes(70_000);
    const eventId = await publish('assets/images', data);
    await test.drained();
    assert.deepEqual((await raw('assets/images', eventId))?.['payload'], data);
    assert.equal(await structured('assets/images', eventId), undefined);
  });

  it('takes an empty payload for what it is: a message with every field at its default', async () => {
    const eventId = await publish('flights/departures', Buffer.alloc(0), { only: 'an attribute' });
    await test.drained();
    const [row] = await query('SELECT distance_miles FROM flights.departures WHERE onramp_event_id = @eventId', {
      eventId,
    });
    assert.deepEqual(row, { distance_miles: 0 });
  });

  const whole = departure(3);
  const broken: readonly { what: string; reason: string; data: Buffer }[] = [
    { what: 'random bytes', reason: 'PAYLOAD_UNDECODABLE', data: Buffer.from('ffffffffffffffffffffffff', 'hex') },
    { what: 'a truncated message', reason: 'PAYLOAD_UNDECODABLE', data: whole.subarray(0, whole.length - 1) },
    {
      what: 'a payload of another type',
      reason: 'PAYLOAD_WRONG_TYPE',
      data: payload('quakes.v1.Quake', { title: 'a text where the other type has a number' }),
    },
  ];
  for (const { what, reason, data } of broken) {
    it(`sets ${what} aside as ${reason}, its neighbours unharmed`, async () => {
      const [before, bad, after] = await Promise.all([
        publish('flights/departures', departure(10)),
        publish('flights/departures', data),
        publish('flights/departures', departure(11)),
      ]);
      await assertSetAside(bad, reason, data);
      for (const eventId of [before, after]) {
        assert.ok(await structured('flights/departures', eventId));
        const rows = await query('SELECT 1 FROM flights.departures WHERE onramp_event_id = @eventId', { eventId });
        assert.equal(rows.length, 1);
      }
    });
  }

  it('sets invalid UTF-8 in a string field aside', async () => {
    // Field 2 of Quake, `title`, of two bytes that are no text.
    const data = Buffer.from([0x12, 0x02, 0xff, 0xfe]);
    await assertSetAside(await publish('quakes/detected', data), 'PAYLOAD_INVALID_UTF8', data);
  });

  it('sets a message aside that claims a version nobody has published', async () => {
    const data = departure(12);
    const claim = { onramp_schema: 'flights.v1.Departure', onramp_schema_version: '0000000000000000' };
    await assertSetAside(await publish('flights/departures', data, claim), 'SCHEMA_UNKNOWN_VERSION', data);
  });

  it('sets a message aside that claims the schema of another ramp', async () => {
    const data = departure(13);
    const eventId = await publish('flights/departures', data, { onramp_schema: 'quakes.v1.Quake' });
    await assertSetAside(eventId, 'SCHEMA_NOT_OF_RAMP', data);
  });

  it('carries 10 MB of random bytes and 100 attributes, which do not fit on the hub, byte for byte', async () => {
    const data = randomBytes(10_000_000);
    const attributes = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`attribute-${n}`, 'v'.repeat(200)]));
    const eventId = await publish('assets/images', data, attributes);
    await test.drained();
    const record = await raw('assets/images', eventId);
    assert.ok(data.equals(record?.['payload'] as Buffer));
    assert.deepEqual(record?.['onramp_attributes'], attributes);
  });

  it('sets a row aside that BigQuery is too small for; the structured lake has it', async () => {
    const data = payload('quakes.v1.Quake', { id: 'large', title: 't'.repeat(9_800_000) });
    const eventId = await publish('quakes/detected', data);
    await test.drained();
    const record = await structured('quakes/detected', eventId);
    assert.equal(String(record?.['title']).length, 9_800_000);
    const found = await letters(eventId);
    assert.deepEqual(
      found.map(letter => [letter['stage'], letter['reason']]),
      [['hub-to-warehouse', 'WAREHOUSE_ROW_TOO_LARGE']],
    );
  });

  it('sets a time beyond BigQuery’s range aside', async () => {
    const data = payload('flights.v1.Departure', { departedAt: { seconds: 253_402_300_800n, nanos: 0 } });
    await assertSetAside(await publish('flights/departures', data), 'VALUE_OUT_OF_RANGE', data);
  });
});
