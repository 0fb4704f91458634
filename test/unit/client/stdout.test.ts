import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { createPublisher, type LogLayout } from '../../../client/index.ts';
import { payloadOfJson } from '../../../functions/core/codec/payload-of-json.ts';
import { unwrapLogEntry } from '../../../functions/core/log-entry.ts';
import { EventSchema } from './schema/gen/acme/v1/event_pb.js';

/** A publisher that prints, and the lines that it printed. */
function printing(layout: LogLayout) {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      setImmediate(done);
    },
  });
  return { publisher: createPublisher({ project: 'project-id', logs: { ...layout, stream } }), lines };
}

/** The entry that Cloud Logging makes of a printed line: https://cloud.google.com/logging/docs/structured-logging */
function entryOf(line: string): Buffer {
  const {
    severity,
    message,
    'logging.googleapis.com/labels': labels,
    ...rest
  } = JSON.parse(line) as Record<string, unknown>;
  const alone = message !== undefined && Object.keys(rest).length === 0;
  const payload = alone
    ? { textPayload: message }
    : { jsonPayload: message === undefined ? rest : { ...rest, message } };
  return Buffer.from(JSON.stringify({ severity, labels, insertId: '1', ...payload }));
}

describe('a publisher that prints', () => {
  const event = { userId: 'u', money: { currencyCode: 'EUR', units2x: 2n ** 60n } };

  for (const layout of [{ payload: 'json' }, { payload: 'json', field: 'event' }] as const) {
    it(`prints what log-to-ramp reads with ${JSON.stringify(layout)}`, async () => {
      const { publisher, lines } = printing(layout);
      const ramp = publisher.ramp('payment/events', EventSchema);
      assert.deepEqual(await ramp.publish(event, { attributes: { origin: 'test' } }), { at: 'stdout' });
      const { content, attributes } = unwrapLogEntry(entryOf(lines[0]!), layout);
      const read = fromBinary(EventSchema, payloadOfJson(EventSchema, content.toString()));
      assert.equal(read.userId, 'u');
      assert.equal(read.money?.units2x, 2n ** 60n);
      assert.equal(attributes['log_label_origin'], 'test');
      assert.equal(attributes['log_label_onramp_ramp'], 'payment/events');
      assert.ok(lines[0]?.endsWith('\n'));
      assert.equal(lines[0]?.trimEnd().includes('\n'), false);
    });
  }

  for (const layout of [{ payload: 'base64' }, { payload: 'base64', field: 'event' }] as const) {
    it(`prints what log-to-ramp reads with ${JSON.stringify(layout)}`, async () => {
      const { publisher, lines } = printing(layout);
      await publisher.ramp('payment/raw').publish(Uint8Array.of(0, 255, 10));
      assert.deepEqual([...unwrapLogEntry(entryOf(lines[0]!), layout).content], [0, 255, 10]);
    });
  }

  it('refuses what would not arrive', async () => {
    const { publisher, lines } = printing({ payload: 'json' });
    const typed = publisher.ramp('payment/events', EventSchema);
    await assert.rejects(typed.publish({ userId: 'x'.repeat(300_000) }), { code: 'PUBLISH_TOO_LARGE' });
    await assert.rejects(typed.publish({ userId: 'x' }, { orderingKey: 'k' }), { code: 'PUBLISHER_MISCONFIGURED' });
    await assert.rejects(publisher.ramp('payment/raw').publish(Uint8Array.of(1)), { code: 'PUBLISHER_MISCONFIGURED' });
    await publisher.close();
    await assert.rejects(typed.publish({ userId: 'x' }), { code: 'PUBLISHER_CLOSED' });
    assert.deepEqual(lines, []);
  });

  it('lets its callers wait while the stream is full', async () => {
    const taken: (() => void)[] = [];
    const stream = new Writable({ highWaterMark: 100, write: (_chunk, _encoding, done) => void taken.push(done) });
    const publisher = createPublisher({ project: 'project-id', logs: { payload: 'base64', stream } });
    const published = publisher.ramp('payment/raw').publish(Buffer.alloc(200));
    let room = false;
    const waiting = publisher.room().then(() => (room = true));
    await new Promise(setImmediate);
    assert.ok(!room);
    assert.equal(publisher.held.messages, 1);
    taken[0]?.();
    await Promise.all([published, waiting]);
    assert.equal(publisher.held.messages, 0);
  });
});
