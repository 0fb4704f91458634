import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import { readContainer } from '../../functions/core/codec/avro-container.ts';
import { lakePrefix } from '../../functions/core/lake-path.ts';
import { buckets, topics } from '../../functions/core/names.ts';
import { compileSchemas } from '../../infra/schemas.ts';
import { connect } from '../../local/clients.ts';
import { serviceAgent } from '../../local/iam/service-agent.ts';
import { copiedRoot } from '../support/configuration-root.ts';
import { createDrill, emailOf } from '../support/iam-drill.ts';
import { startTestCloud, type TestCloud } from '../support/local-cloud.ts';
import { runCaptured } from '../unit/cli/captured-terminal.ts';

const files = {
  'proto/web/v1/click.proto': `syntax = "proto3";

package web.v1;

// A click on a page.
message Click {
  // Path of the page.
  string page = 1;
  // Who clicked.
  uint64 user_id = 2;
}
`,
  'services/web/service.yaml': `version: 1
owner: web-team@example.com
ramps:
  clicks:
    schema: web.v1.Click
    logs: { filter: 'jsonPayload.event:*', field: event }
  encoded:
    schema: web.v1.Click
    logs: { filter: 'textPayload:*', payload: base64 }
  lines:
    logs: { filter: 'resource.labels.container_name="web"' }
`,
};

const trace = 'projects/acme-web/traces/06796866738c859f2f19b7cfb3214824';
let insertId = 0;
/** An entry in the form in which a sink exports it. */
const entry = (payload: object) => ({
  insertId: `entry-${(insertId += 1)}`,
  logName: 'projects/acme-web/logs/stdout',
  timestamp: '2026-01-02T03:04:05.678901234Z',
  severity: 'NOTICE',
  labels: { 'k8s-pod/app': 'web' },
  trace,
  spanId: '00f067aa0ba902b7',
  resource: { type: 'k8s_container', labels: { container_name: 'web' } },
  ...payload,
});

describe('what a service prints', () => {
  const configuration = copiedRoot(files, { services: false });
  const { root } = configuration;
  const { message } = compileSchemas(root).schemas!.get('web.v1.Click')!.schema;
  let test: TestCloud;
  before(async () => {
    test = await startTestCloud({ root });
  });
  after(async () => {
    await test[Symbol.asyncDispose]();
    configuration[Symbol.dispose]();
  });

  const send = async (ramp: string, entries: readonly object[]) => {
    const file = join(root, 'entries.jsonl');
    writeFileSync(file, entries.map(each => `${JSON.stringify(each)}\n`).join(''));
    const { exitCode, stderr } = await runCaptured([
      ...['--root', root, '--folder', test.folder],
      ...['publish-logs', ramp, file],
    ]);
    assert.equal(exitCode, 0, stderr);
    await test.drained();
  };
  const rawRecords = async (ramp: string) => {
    const bucket = test.clients.storage.bucket(buckets.rawLake(test.cloud.locator.project));
    const [found] = await bucket.getFiles({ prefix: lakePrefix(ramp) });
    const records = await Promise.all(
      found.map(async file => (await readContainer((await file.download())[0])).records as Record<string, unknown>[]),
    );
    return records.flat();
  };
  const query = async (sql: string) => (await test.clients.bigquery.query(sql))[0] as Record<string, unknown>[];

  it('as JSON reaches all three sinks as messages of the ramp’s schema, with the facts of its entry', async () => {
    await send('web/clicks', [entry({ jsonPayload: { event: { page: '/', userId: '18446744073709551615' } } })]);
    const rows = await query(`
      SELECT page, CAST(user_id AS STRING) AS user_id, onramp_schema, onramp_attributes FROM web.clicks`);
    const [row] = rows;
    assert.equal(rows.length, 1);
    assert.deepEqual(
      [row?.['page'], row?.['user_id'], row?.['onramp_schema']],
      ['/', '18446744073709551615', 'web.v1.Click'],
    );
    const attributes = (row?.['onramp_attributes'] ?? []) as { key: string; value: string }[];
    assert.deepEqual(Object.fromEntries(attributes.map(({ key, value }) => [key, value])), {
      log_severity: 'NOTICE',
      log_name: 'projects/acme-web/logs/stdout',
      log_insert_id: 'entry-1',
      log_timestamp: '2026-01-02T03:04:05.678901234Z',
      log_trace: trace,
      log_span_id: '00f067aa0ba902b7',
      'log_label_k8s-pod/app': 'web',
    });
    const [raw] = await rawRecords('web/clicks');
    const bytes = toBinary(message, create(message, { page: '/', userId: 18446744073709551615n }));
    assert.deepEqual(raw?.['payload'], Buffer.from(bytes));
    const structured = test.clients.storage.bucket(buckets.structuredLake(test.cloud.locator.project));
    assert.equal((await structured.getFiles({ prefix: lakePrefix('web/clicks') }))[0].length, 1);
  });

  it('as base64 arrives as the bytes that were encoded', async () => {
    const bytes = Buffer.from(toBinary(message, create(message, { page: '/é', userId: 7n })));
    await send('web/encoded', [
      entry({ textPayload: `${bytes.toString('base64')}\n` }),
      entry({ jsonPayload: { message: bytes.toString('base64url'), thread: 'main' } }),
    ]);
    const records = await rawRecords('web/encoded');
    assert.deepEqual(
      records.map(({ payload }) => payload),
      [bytes, bytes],
    );
    assert.deepEqual(await query('SELECT DISTINCT page FROM web.encoded'), [{ page: '/é' }]);
  });

  it('without schema goes to the raw lake as the JSON it was', async () => {
    await send('web/lines', [entry({ jsonPayload: { price: 1.5, name: 'tea' } })]);
    const [record] = await rawRecords('web/lines');
    assert.equal(String(record?.['payload']), '{"price":1.5,"name":"tea"}');
  });

  it('becomes a dead letter of its ramp when it is not what was declared, and hurts no other line', async () => {
    await send('web/clicks', [
      entry({ textPayload: 'Server listening on 8080' }),
      entry({ jsonPayload: { event: { page: '/a', colour: 'red' } } }),
      entry({ jsonPayload: { event: { page: '/b' } } }),
    ]);
    const letters = await query(`
      SELECT onramp_dead_letter_reason AS reason, onramp_dead_letter_detail AS detail, onramp_ramp AS ramp, payload
      FROM onramp.dead_letters WHERE onramp_dead_letter_stage = 'log-to-ramp' ORDER BY reason`);
    assert.deepEqual(
      letters.map(({ reason, ramp, detail }) => [reason, ramp, detail]),
      [
        [
          'LOG_ENTRY_NOT_OF_SCHEMA',
          'web/clicks',
          'cannot decode message web.v1.Click from JSON: the key "colour" is unknown',
        ],
        ['LOG_ENTRY_UNREADABLE', 'web/clicks', 'it has textPayload, without a field "event"'],
      ],
    );
    assert.match(String(letters[1]?.['payload']), /Server listening/);
    assert.deepEqual(await query("SELECT COUNT(*) AS n FROM web.clicks WHERE page = '/b'"), [{ n: 1 }]);
  });

  it('is let onto its topic from Cloud Logging alone, and needs every grant of the way', async t => {
    const agent = serviceAgentOfLogging(test);
    const publishAs = async (caller: string) => {
      const clients = connect(await test.cloud.reachAs(caller));
      try {
        const lines = [entry({ jsonPayload: { event: { page: '/c' } } }), entry({ textPayload: 'no event' })];
        for (const line of lines) {
          const data = Buffer.from(JSON.stringify(line));
          await clients.pubsub.topic(topics.logs('web', 'clicks')).publishMessage({ data });
        }
      } finally {
        await clients.close();
      }
    };
    await assert.rejects(publishAs(serviceAgent(test.cloud.inventory, 'pubsub')), { code: 7 });
    await publishAs(agent);
    await test.drained();

    const drill = createDrill(test);
    const ofClicks = (resource: string) => !/(ramp|logs)-web-(encoded|lines)$/.test(resource);
    const grants = drill.declared.filter(
      binding =>
        [agent, `log-to-ramp@${test.cloud.locator.project}.iam.gserviceaccount.com`].includes(emailOf(binding)) &&
        ofClicks(binding.resource),
    );
    assert.equal(grants.length, 4);
    for (const binding of grants) {
      await t.test(binding.name, async () => {
        let stuck: string[] = [];
        const refused = await drill.without(binding, async () => {
          if (emailOf(binding) === agent) {
            await assert.rejects(publishAs(agent), { code: 7 });
            return;
          }
          // What a function has read it holds on to.
          await drill.restartFunctionOf(emailOf(binding));
          await publishAs(agent);
          stuck = await drill.answered();
          assert.ok(stuck.length > 0, 'every entry gets through without it');
        });
        assert.ok(refused.length > 0, 'nothing ever asks for it');
        await test.drained();
      });
    }
  });
});

/** Whom Cloud Logging's sinks write as. */
function serviceAgentOfLogging({ cloud }: TestCloud): string {
  const sink = cloud.inventory.resources.find(({ type }) => type === 'gcp:logging/projectSink:ProjectSink');
  return String(sink?.outputs['writerIdentity']).replace('serviceAccount:', '');
}
