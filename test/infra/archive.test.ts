import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PubSub } from '@google-cloud/pubsub';
import { parseCatalogue } from '../../functions/core/catalogue.ts';
import { readContainer } from '../../functions/core/codec/avro-container.ts';
import { deadLetterAttribute } from '../../functions/core/envelope.ts';
import { buckets, registryObjects, topics } from '../../functions/core/names.ts';
import { currentVersion, parseSchemaIndex } from '../../functions/core/schema/schema-index.ts';
import { encodeMessage } from '../../functions/core/stored-message.ts';
import type { StageId } from '../../functions/core/wiring.ts';
import { stageEnvironment } from '../../infra/environment.ts';
import { readStack, renderDeclaration } from '../../infra/render.ts';
import { provisionBigquery } from '../../local/provision/bigquery.ts';
import { provisionStorage } from '../../local/provision/storage.ts';
import { publishLocally } from '../../local/publish.ts';
import {
  type DeployedFunction,
  type InstalledArchive,
  installArchive,
  startDeployed,
} from '../support/deployed-function.ts';
import { departure } from '../support/events.ts';
import { repository } from '../support/local-cloud.ts';
import { project, startStandIns } from '../wire/support/stand-ins.ts';

interface Message {
  readonly data: Buffer;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** The body of a push request: https://cloud.google.com/pubsub/docs/push#receive_push */
function pushBody({ data, attributes = {} }: Message): string {
  const messageId = randomUUID();
  const publishTime = new Date().toISOString();
  return JSON.stringify({
    message: {
      attributes,
      data: data.toString('base64'),
      messageId,
      message_id: messageId,
      publishTime,
      publish_time: publishTime,
    },
    subscription: `projects/${project}/subscriptions/some`,
    deliveryAttempt: 1,
  });
}

interface Flow {
  readonly does: string;
  readonly clients: readonly string[];
  readonly flow: (deployed: DeployedFunction) => Promise<void>;
}

/** A ramp that no example service has: it takes what its service prints. */
const printed = 'flights/printed';

/** Google's client packages of which a function can load one that it does not need. */
const clientPackages = ['bigquery', 'bigquery-storage', 'pubsub', 'pubsub-api', 'storage'];

describe('the deploy archive', () => {
  let archive: InstalledArchive;
  let standIns: Awaited<ReturnType<typeof startStandIns>>;
  before(async () => {
    archive = await installArchive();
    standIns = await startStandIns();
    const declaration = readStack({ root: repository, project });
    const inventory = await renderDeclaration(declaration);
    await provisionStorage(inventory, standIns.storage);
    await provisionBigquery(inventory, standIns.bigquery);
    await publishLocally(declaration, project, standIns);
    const catalogue = standIns.storage.bucket(buckets.registry(project)).file(registryObjects.catalogue);
    const { version, ramps } = parseCatalogue((await catalogue.download())[0].toString());
    const ramp = { owner: 'flights-team@example.com', description: '', logs: { payload: 'json' } };
    await catalogue.save(JSON.stringify({ version, ramps: { ...ramps, [printed]: ramp } }), { resumable: false });

    const pubsub = new PubSub({ projectId: project });
    for (const topic of [topics.hub, topics.deadLetter, topics.ramp('flights', 'printed')]) {
      await pubsub.createTopic(topic);
    }
    await pubsub.close();
  });
  after(async () => {
    await standIns.close();
    archive[Symbol.dispose]();
  });

  const text = (file: string) => readFileSync(join(archive.folder, file), 'utf8');
  const emulators = () =>
    Object.fromEntries(
      Object.entries(process.env).flatMap(([key, value]) =>
        key.endsWith('EMULATOR_HOST') && value !== undefined ? [[key, value]] : [],
      ),
    );

  /** A stage as it would be deployed, but that a batch need not wait for others. */
  const start = (id: StageId): Promise<DeployedFunction> =>
    startDeployed({
      folder: archive.folder,
      entryPoint: id,
      reportLoaded: true,
      environment: { ...stageEnvironment(id, project), ONRAMP_BATCH_RECORDS: '1', ...emulators() },
    });

  const push = async ({ url, output }: DeployedFunction, path: string, message: Message): Promise<void> => {
    const { status } = await fetch(`${url}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: pushBody(message),
    });
    assert.equal(status, 204, output());
  };

  const loadedClients = (deployed: DeployedFunction): string[] =>
    clientPackages.filter(name => deployed.packages().has(`@google-cloud/${name}`));

  /** What was published last on a topic, as it is pushed on. */
  const lastOn = (topic: string): Message => {
    const found = standIns.published.findLast(each => each.topic.endsWith(`/${topic}`)) ?? assert.fail(topic);
    const { data = '', attributes = {} } = found.message;
    return { data: Buffer.from(data as Uint8Array), attributes };
  };

  const recordsIn = async (bucket: string): Promise<Record<string, unknown>[]> => {
    const [files] = await standIns.storage.bucket(bucket).getFiles();
    const contents = await Promise.all(files.map(async file => readContainer((await file.download())[0])));
    return contents.flatMap(({ records }) => records as Record<string, unknown>[]);
  };

  describe('as Google’s builder finds it', () => {
    it('says what to run, and has no script that the builder would run', () => {
      const { main, scripts, type } = JSON.parse(text('package.json')) as Record<string, unknown>;
      assert.deepEqual({ main, scripts, type }, { main: 'index.js', scripts: undefined, type: 'module' });
      const { status, stderr } = spawnSync(process.execPath, ['--check', join(archive.folder, 'index.js')]);
      assert.equal(status, 0, stderr.toString());
    });

    it('depends on what cannot be bundled alone, at exact versions', () => {
      const { dependencies } = JSON.parse(text('package.json')) as { dependencies: Record<string, string> };
      assert.deepEqual(Object.keys(dependencies), ['@google-cloud/functions-framework', 'snappy']);
      for (const version of Object.values(dependencies)) assert.match(version, /^\d+\.\d+\.\d+$/);
    });

    it('locks what they need, from whatever registry it is installed', () => {
      const { packages } = JSON.parse(text('package-lock.json')) as {
        packages: Record<string, { integrity?: string }>;
      };
      const { '': own, ...locked } = packages;
      assert.ok(own);
      assert.ok('node_modules/express' in locked);
      for (const [path, entry] of Object.entries(locked)) {
        assert.match(entry.integrity ?? '', /^sha512-/, path);
        assert.ok(!('resolved' in entry), path);
      }
    });

    it('holds nothing of this machine, and no second functions-framework', () => {
      for (const file of readdirSync(archive.folder).filter(name => name !== 'node_modules')) {
        const content = text(file);
        assert.ok(!content.includes(repository), file);
        if (!file.endsWith('.map')) continue;
        for (const source of (JSON.parse(content) as { sources: string[] }).sources) {
          assert.match(source, /^(console|functions|node_modules|client-entry:@google-cloud|index\.js)/);
          assert.doesNotMatch(source, /node_modules\/@google-cloud\/functions-framework/);
        }
      }
    });
  });

  /** What each function does with a message, and the client packages that it has loaded by then. */
  const stages: Readonly<Record<StageId, Flow>> = {
    'ramp-to-hub': {
      does: 'publishes on the hub',
      clients: ['pubsub-api', 'storage'],
      async flow(deployed) {
        await push(deployed, 'flights/departures', { data: departure(7), attributes: { trace: 'abc' } });
        const { data, attributes } = lastOn(topics.hub);
        assert.deepEqual(data, departure(7));
        assert.equal(attributes?.['trace'], 'abc');
        assert.equal(attributes['onramp_schema'], 'flights.v1.Departure');
      },
    },
    'hub-to-raw-lake': {
      does: 'writes a file with the payload',
      clients: ['storage'],
      async flow(deployed) {
        await push(deployed, 'hub', lastOn(topics.hub));
        const [record] = await recordsIn(buckets.rawLake(project));
        assert.deepEqual(record?.['payload'], departure(7));
      },
    },
    'hub-to-structured-lake': {
      does: 'writes a file with the fields',
      clients: ['storage'],
      async flow(deployed) {
        await push(deployed, 'hub', lastOn(topics.hub));
        const [record] = await recordsIn(buckets.structuredLake(project));
        assert.equal(record?.['distance_miles'], 7);
      },
    },
    'hub-to-warehouse': {
      does: 'writes a row, and sets aside what is none',
      clients: ['bigquery', 'bigquery-storage', 'storage'],
      async flow(deployed) {
        const message = lastOn(topics.hub);
        await push(deployed, 'hub', message);
        const [rows] = await standIns.bigquery.query('SELECT distance_miles FROM flights.departures');
        assert.deepEqual(rows, [{ distance_miles: 7 }]);

        await push(deployed, 'hub', { ...message, data: Buffer.from('no departure') });
        assert.equal(lastOn(topics.deadLetter).attributes?.[deadLetterAttribute.stage], 'hub-to-warehouse');
        assert.ok(loadedClients(deployed).includes('pubsub-api'), 'Pub/Sub’s client is loaded with the first one');
      },
    },
    'dead-letter': {
      does: 'writes a file and a row',
      clients: ['bigquery', 'bigquery-storage', 'storage'],
      async flow(deployed) {
        await push(deployed, 'dead-letter', lastOn(topics.deadLetter));
        const [record] = await recordsIn(buckets.deadLetter(project));
        assert.deepEqual(record?.['payload'], Buffer.from('no departure'));
        const [rows] = await standIns.bigquery.query(
          'SELECT onramp_dead_letter_stage AS stage FROM onramp.dead_letters',
        );
        assert.deepEqual(rows, [{ stage: 'hub-to-warehouse' }]);
      },
    },
    'heal-dead-letters': {
      does: 'sends what has waited onto the hub, and removes it',
      clients: ['bigquery', 'bigquery-storage', 'pubsub-api', 'storage'],
      async flow(deployed) {
        const index = registryObjects.index('flights.v1.Departure');
        const stored = await standIns.storage.bucket(buckets.registry(project)).file(index).download();
        const version = currentVersion(parseSchemaIndex(stored.toString())) ?? '';
        const letter = { ...lastOn(topics.hub), orderingKey: '' };
        const waiting = standIns.storage
          .bucket(buckets.deadLetter(project))
          .file(`waiting/flights.v1.Departure/${version}/hub-to-warehouse/1/1`);
        const attributes = { ...letter.attributes, onramp_replay: 'hub-to-warehouse' };
        await waiting.save(encodeMessage({ ...letter, attributes }), { resumable: false });
        await push(deployed, 'registry', { data: Buffer.alloc(0), attributes: { objectId: index } });
        assert.equal(lastOn(topics.hub).attributes?.['onramp_replay'], 'hub-to-warehouse');
        assert.deepEqual(await waiting.exists(), [false]);
      },
    },
    'log-to-ramp': {
      does: 'publishes on the ramp what a service printed',
      clients: ['pubsub-api', 'storage'],
      async flow(deployed) {
        const entry = { insertId: '1', timestamp: '2026-01-01T00:00:00Z', jsonPayload: { gate: 7 } };
        await push(deployed, printed, { data: Buffer.from(JSON.stringify(entry)) });
        assert.deepEqual(lastOn(topics.ramp('flights', 'printed')).data.toString(), '{"gate":7}');
      },
    },
  };

  describe('of which functions-framework starts', () => {
    for (const [id, { does, clients, flow }] of Object.entries(stages)) {
      it(`${id}, which ${does}, and loads no client that it does not use`, async () => {
        await using deployed = await start(id as StageId);
        assert.deepEqual(loadedClients(deployed), clients);
        await flow(deployed);
      });
    }

    it('nothing whose environment is not complete: it ends and says what is missing', async () => {
      const environment = { ...stageEnvironment('ramp-to-hub', project), ONRAMP_HUB_TOPIC: '' };
      const starting = startDeployed({ folder: archive.folder, entryPoint: 'ramp-to-hub', environment });
      // The trace leads to the source, though it was the bundle that ran.
      await assert.rejects(starting, /ONRAMP_HUB_TOPIC is not set[^]*functions\/environment\.ts:\d+/);
    });
  });
});
