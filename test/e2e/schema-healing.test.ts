import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { readContainer } from '../../functions/core/codec/avro-container.ts';
import { lakePrefix } from '../../functions/core/lake-path.ts';
import { buckets } from '../../functions/core/names.ts';
import { registryBucketOf } from '../../infra/publish/registry-bucket.ts';
import { withdrawVersion } from '../../infra/publish/registry-entries.ts';
import { readStack } from '../../infra/render.ts';
import { compileSchemas } from '../../infra/schemas.ts';
import { publishLocally } from '../../local/publish.ts';
import { copiedRoot } from '../support/configuration-root.ts';
import { departure } from '../support/events.ts';
import { startTestCloud, type TestCloud, until } from '../support/local-cloud.ts';

const ramp = 'flights/departures';
const schemaName = 'flights.v1.Departure';

describe('messages of a schema version that is not published', () => {
  const configuration = copiedRoot();
  const { root } = configuration;
  const proto = join(root, 'proto/flights/v1/departure.proto');
  const original = readFileSync(proto, 'utf8');
  let test: TestCloud;
  before(async () => {
    test = await startTestCloud({ root });
  });
  after(async () => {
    await test[Symbol.asyncDispose]();
    configuration[Symbol.dispose]();
  });

  const project = () => test.cloud.locator.project;
  const bucket = (name: keyof typeof buckets) => test.clients.storage.bucket(buckets[name](project()));
  const publishSchemas = () => publishLocally(readStack({ root, project: project() }), project(), test.clients);
  const withdraw = (version: string, why: string) =>
    withdrawVersion(registryBucketOf(bucket('registry')), schemaName, version, { at: new Date(), why });

  /** Adds a field to the proto file; answers with the new version and a message of it. */
  const addField = (name: string, number: number) => {
    const field = `  string ${name} = ${number};`;
    writeFileSync(
      proto,
      readFileSync(proto, 'utf8').replace(/^message Departure \{$/m, `message Departure {\n${field}`),
    );
    const { schema } = compileSchemas(root).schemas!.get(schemaName)!;
    const payload = (value: string) =>
      Buffer.from(toBinary(schema.message, create(schema.message, { [name]: value, distanceMiles: 7 })));
    return { version: schema.version, payload };
  };

  const publish = async (payloads: readonly Buffer[], version?: string): Promise<string[]> => {
    const topic = test.clients.pubsub.topic('ramp-flights-departures');
    const attributes = version === undefined ? {} : { onramp_schema: schemaName, onramp_schema_version: version };
    const ids = await Promise.all(payloads.map(data => topic.publishMessage({ data, attributes })));
    return ids.map(id => `${ramp}/${id}`);
  };

  const query = async (sql: string) => {
    const [rows] = await test.clients.bigquery.query(sql);
    return rows as Record<string, unknown>[];
  };
  /** How often each of the events is in a lake. */
  const inLake = async (lake: 'rawLake' | 'structuredLake', ids: readonly string[]): Promise<number[]> => {
    const counts = new Map<unknown, number>();
    const [files] = await bucket(lake).getFiles({ prefix: lakePrefix(ramp) });
    for (const file of files) {
      const { records } = await readContainer((await file.download())[0]);
      for (const { onramp_event_id: id } of records as { onramp_event_id: string }[]) {
        counts.set(id, (counts.get(id) ?? 0) + 1);
      }
    }
    return ids.map(id => counts.get(id) ?? 0);
  };
  const inTable = async (ids: readonly string[]): Promise<number[]> => {
    const rows = await query('SELECT onramp_event_id AS id, COUNT(*) AS n FROM flights.departures GROUP BY id');
    const counts = new Map(rows.map(({ id, n }) => [id, Number(n)]));
    return ids.map(id => counts.get(id) ?? 0);
  };
  const letters = async (ids: readonly string[], view = 'dead_letters') => {
    const rows = await query(
      `SELECT onramp_event_id AS id, onramp_dead_letter_stage AS stage, onramp_dead_letter_reason AS reason FROM onramp.${view}`,
    );
    return rows.filter(({ id }) => ids.includes(String(id)));
  };
  const waiting = async () => (await bucket('deadLetter').getFiles({ prefix: 'waiting/' }))[0].map(({ name }) => name);
  const healed = async () => {
    await until('nothing waits any more', async () => ((await waiting()).length === 0 ? true : undefined));
    await test.drained();
  };
  const pids = () => test.cloud.functions.map(each => each.state().pid);

  /** Each of the events is everywhere, once, and needs nobody any more. */
  const assertEverywhereOnce = async (ids: readonly string[]) => {
    const once = ids.map(() => 1);
    assert.deepEqual(await inLake('rawLake', ids), once);
    assert.deepEqual(await inLake('structuredLake', ids), once);
    assert.deepEqual(await inTable(ids), once);
    assert.deepEqual(await letters(ids, 'open_dead_letters'), []);
  };

  it('wait, and are everywhere, once, when it is published; also those that come meanwhile', async () => {
    const running = pids();
    const { version, payload } = addField('gate', 20);
    const early = await publish(
      Array.from({ length: 40 }, (_, n) => payload(`A${n}`)),
      version,
    );
    await test.drained();
    assert.equal((await letters(early)).length, 80);
    assert.ok((await letters(early)).every(({ reason }) => reason === 'SCHEMA_UNKNOWN_VERSION'));
    assert.equal((await letters(early, 'open_dead_letters')).length, 80);
    assert.equal((await waiting()).length, 80);

    const published = new AbortController();
    const publishing = publishSchemas().finally(() => published.abort());
    const meanwhile: string[] = [];
    for (let n = 0; !published.signal.aborted || n < 20; n += 1)
      meanwhile.push(...(await publish([payload(`B${n}`)], version)));
    assert.deepEqual(
      (await publishing).map(({ name, unchanged }) => [name, unchanged]),
      [
        [schemaName, false],
        ['quakes.v1.Quake', true],
      ],
    );
    await healed();
    await assertEverywhereOnce([...early, ...meanwhile]);
    const [row] = await query(`SELECT gate FROM flights.departures WHERE onramp_event_id = '${early[3] ?? ''}'`);
    assert.deepEqual(row, { gate: 'A3' });
    assert.deepEqual(pids(), running, 'a function was started anew');
  });

  it('wait when it was withdrawn, until it is published again', async () => {
    const { version, payload } = addField('terminal', 21);
    await publishSchemas();
    await withdraw(version, 'terminals have numbers');
    const ids: string[] = [];
    await until('one is set aside as withdrawn', async () => {
      const published = await publish([payload('T')], version);
      ids.push(...published);
      await test.drained();
      return (await letters(published)).some(({ reason }) => reason === 'SCHEMA_WITHDRAWN') || undefined;
    });
    await publishSchemas();
    await healed();
    await assertEverywhereOnce(ids);
  });

  it('wait for any version when none is left, though they name none', async () => {
    const { versions } = await withdraw(compileSchemas(root).schemas!.get(schemaName)!.schema.version, 'a drill');
    for (const { version } of versions) await withdraw(version, 'a drill');
    const ids: string[] = [];
    await until('one waits for any version', async () => {
      ids.push(...(await publish([departure(8)])));
      await test.drained();
      return (await waiting()).some(name => name.startsWith(`waiting/${schemaName}/current/`)) || undefined;
    });
    await publishSchemas();
    await healed();
    await assertEverywhereOnce(ids);
  });

  it('do not wait for what no version can be called', async () => {
    const ids = await publish([departure(9)], 'the one of last week');
    await test.drained();
    assert.equal((await letters(ids, 'open_dead_letters')).length, 2);
    assert.deepEqual(await waiting(), []);
    writeFileSync(proto, original);
  });
});
