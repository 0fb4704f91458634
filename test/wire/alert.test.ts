import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { createAlertChannels } from '../../functions/clients/alert-channels.ts';
import { documentsOf } from '../../functions/clients/documents.ts';
import type { Alerting, ExportConfig } from '../../functions/core/batch/config.ts';
import type { Connection } from '../../functions/core/batch/connection.ts';
import { type BatchEventBody, encodeBatchEvent } from '../../functions/core/batch/events.ts';
import type { ExportsCatalogue } from '../../functions/core/batch/exports-catalogue.ts';
import type { Message } from '../../functions/core/stage.ts';
import { createAlertStage } from '../../functions/stages/alert.ts';
import { storageUnderTest } from './support/storage-under-test.ts';

interface Call {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly authorization: string | undefined;
}

/** Catches what is sent to Slack and PagerDuty, and answers as they do. */
async function catcher(t: TestContext) {
  const calls: Call[] = [];
  const answers = new Map<string, { status: number; body: string }>();
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Call['body'];
      calls.push({ path, body, authorization: request.headers.authorization });
      const answer = answers.get(path) ?? { status: 200, body: '{"ok":true}' };
      response.writeHead(answer.status).end(answer.body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { calls, answers, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const interval = { start: '2026-01-01T00:00:00.000Z', end: '2026-01-02T00:00:00.000Z' };

const exportWith = (alerting: Alerting, id = 'transfers', pool = 'small') =>
  ({ id, address: `payment/${id}`, alerting, pool }) as unknown as ExportConfig;

async function stageUnderTest(t: TestContext, exports: readonly ExportConfig[]) {
  const caught = await catcher(t);
  const { client } = await storageUnderTest(t);
  await client.createBucket('state');
  const connections: Record<string, Connection> = {
    pd: { kind: 'pagerduty', routingKey: 'projects/p/secrets/pd/versions/1' },
    slack: { kind: 'slack', token: 'projects/p/secrets/slack/versions/1' },
    hook: { kind: 'slack', webhook: 'projects/p/secrets/hook/versions/1' },
  };
  const secrets: Record<string, string> = { pd: 'routing', slack: 'xoxb', hook: `${caught.url}/hook` };
  const catalogue = { version: 1, pools: [], services: [{ id: 'payment', exports }] } as unknown as ExportsCatalogue;
  const stage = createAlertStage({
    catalogue: () => Promise.resolve(catalogue),
    documents: documentsOf(client.bucket('state')),
    channels: createAlertChannels({
      connection: (_service, id) => Promise.resolve(connections[id]),
      secret: reference => secrets[reference.split('/')[3] ?? ''] ?? '',
      pagerDutyUrl: `${caught.url}/pagerduty`,
      slackUrl: `${caught.url}/slack`,
    }),
  });
  const tell = async (event: BatchEventBody, occurredAt = '2026-01-02T01:00:00.000Z') => {
    const pool = event.type === 'pool_stuck' || event.type === 'pool_moving';
    const { data } = encodeBatchEvent({
      export: pool ? '' : 'payment/transfers',
      ...(!pool && { interval }),
      attempt: 1,
      occurredAt,
      event,
    });
    const [outcome] = await stage.handle([{ data } as Message]);
    return (await outcome)?.kind;
  };
  return { ...caught, tell };
}

const failed: BatchEventBody = {
  type: 'run_failed',
  failure: { code: 'PAYLOAD_UNDECODABLE', detail: 'a < b', retryable: false },
};

describe('alerts', () => {
  it('go to Slack and PagerDuty, once for each trouble, and are ended by success', async t => {
    const alerting = { slack: { channel: '#payment', connection: 'slack' }, pagerDuty: 'pd' };
    const { calls, tell } = await stageUnderTest(t, [exportWith(alerting)]);
    assert.equal(await tell(failed), 'done');
    assert.equal(await tell(failed), 'done');
    assert.equal(calls.length, 2);
    const slack = calls.find(({ path }) => path === '/slack');
    assert.equal(slack?.authorization, 'Bearer xoxb');
    assert.equal(slack.body['channel'], '#payment');
    assert.match(JSON.stringify(slack.body), /payment\/transfers of 2026-01-01 00:00 UTC failed/);
    assert.match(JSON.stringify(slack.body), /PAYLOAD_UNDECODABLE: a &lt; b/);
    const page = calls.find(({ path }) => path === '/pagerduty');
    assert.equal(page?.body['event_action'], 'trigger');
    assert.equal(page.body['dedup_key'], 'onramp/run/payment/transfers/2026-01-01T00:00:00.000Z');

    assert.equal(await tell({ type: 'run_done', rows: 1 }, '2026-01-02T02:00:00.000Z'), 'done');
    assert.equal(calls.length, 4);
    assert.equal(
      calls.find(({ body }) => body['event_action'] === 'resolve')?.body['dedup_key'],
      page.body['dedup_key'],
    );
    assert.equal(await tell(failed), 'done', 'what happened before the end is told no more');
    assert.equal(calls.length, 4);
    assert.equal(await tell(failed, '2026-01-02T03:00:00.000Z'), 'done');
    assert.equal(calls.length, 6, 'a new trouble is');
  });

  it('are told again when they have become worse', async t => {
    const { calls, tell } = await stageUnderTest(t, [exportWith({ pagerDuty: 'pd' })]);
    const deadline = '2026-01-02T02:00:00.000Z';
    await tell({ type: 'sla_at_risk', deadline, expected: '2026-01-02T02:10:00.000Z' });
    await tell({ type: 'sla_missed', deadline });
    await tell({ type: 'sla_at_risk', deadline, expected: '2026-01-02T02:10:00.000Z' });
    const levels = calls.map(({ body }) => (body['payload'] as { severity: string }).severity);
    assert.deepEqual(levels, ['warning', 'error']);
  });

  it('repeat nothing where they succeeded when one target fails', async t => {
    const alerting = { slack: { channel: '#payment', connection: 'hook' }, pagerDuty: 'pd' };
    const { calls, answers, tell } = await stageUnderTest(t, [exportWith(alerting)]);
    answers.set('/pagerduty', { status: 503, body: '' });
    assert.equal(await tell(failed), 'retry');
    answers.delete('/pagerduty');
    assert.equal(await tell(failed), 'done');
    assert.deepEqual(calls.map(({ path }) => path).toSorted(), ['/hook', '/pagerduty', '/pagerduty']);
  });

  it('count as not told when Slack refuses them', async t => {
    const { answers, tell } = await stageUnderTest(t, [
      exportWith({ slack: { channel: '#none', connection: 'slack' } }),
    ]);
    answers.set('/slack', { status: 200, body: '{"ok":false,"error":"channel_not_found"}' });
    assert.equal(await tell(failed), 'retry');
  });

  it('of a pool go to everybody whose exports use it, each once', async t => {
    const { calls, tell } = await stageUnderTest(t, [
      exportWith({ pagerDuty: 'pd' }, 'a'),
      exportWith({ pagerDuty: 'pd' }, 'b'),
      exportWith({ slack: { channel: '#other', connection: 'slack' } }, 'c', 'other'),
    ]);
    assert.equal(await tell({ type: 'pool_stuck', pool: 'small', waiting: 3 }), 'done');
    assert.equal(await tell({ type: 'pool_moving', pool: 'small' }, '2026-01-02T02:00:00.000Z'), 'done');
    assert.deepEqual(
      calls.map(({ path, body }) => `${path} ${String(body['event_action'])}`),
      ['/pagerduty trigger', '/pagerduty resolve'],
    );
  });

  it('are not made of what is no trouble', async t => {
    const { calls, tell } = await stageUnderTest(t, [exportWith({ pagerDuty: 'pd' })]);
    assert.equal(await tell({ type: 'export_started' }), 'done');
    assert.equal(calls.length, 0);
  });
});
