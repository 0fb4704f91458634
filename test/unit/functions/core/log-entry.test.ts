import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CatalogueLogs } from '../../../../functions/core/catalogue.ts';
import { OnrampError } from '../../../../functions/core/errors.ts';
import { unwrapLogEntry } from '../../../../functions/core/log-entry.ts';

const json: CatalogueLogs = { payload: 'json' };
const event: CatalogueLogs = { payload: 'json', field: 'event' };
const base64: CatalogueLogs = { payload: 'base64' };
const body: CatalogueLogs = { payload: 'base64', field: 'body' };

const unwrap = (entry: string, logs: CatalogueLogs) => unwrapLogEntry(Buffer.from(entry), logs);

describe('the payload of a log entry', () => {
  const payloads: [what: string, logs: CatalogueLogs, entry: string, content: string][] = [
    ['all of jsonPayload', json, '{"jsonPayload":{"a":1,"b":["x",null]}}', '{"a":1,"b":["x",null]}'],
    [
      'numbers as they were written',
      json,
      '{"jsonPayload":{"a":1.0,"b":12345678901234567890}}',
      '{"a":1.0,"b":12345678901234567890}',
    ],
    ['one field of jsonPayload', event, '{"jsonPayload":{"event":{"a":1},"level":"info"}}', '{"a":1}'],
    ['a field that is null', event, '{"jsonPayload":{"event":null}}', 'null'],
    ['base64 that was printed alone', base64, '{"textPayload":"aMOp\\n"}', 'hé'],
    ['base64 that a logger called message', base64, '{"jsonPayload":{"message":"aMOp","level":"info"}}', 'hé'],
    ['base64 for URLs without padding', body, '{"jsonPayload":{"body":"Pz8_Pj4-"}}', '???>>>'],
    ['base64 of nothing, which is a message of defaults', body, '{"jsonPayload":{"body":""}}', ''],
  ];
  for (const [what, logs, entry, content] of payloads) {
    it(`is ${what}`, () => assert.equal(unwrap(entry, logs).content.toString(), content));
  }

  const unreadable: [what: string, logs: CatalogueLogs, entry: string, detail: RegExp][] = [
    ['something that is not JSON', json, 'GET / 200', /not JSON/],
    ['bytes that are not UTF-8', json, '\xff', /not JSON/],
    ['JSON that is no object', json, '[1]', /not a JSON object/],
    ['plain text where JSON is declared', json, '{"textPayload":"secret"}', /it has textPayload, not jsonPayload/],
    ['an audit entry', json, '{"protoPayload":{"secret":1}}', /it has protoPayload/],
    ['an entry without payload', json, '{}', /it has no payload/],
    ['a payload that is no object', { payload: 'json', field: 'rawJSON' }, '{"jsonPayload":1}', /without a field/],
    ['an entry without the field', event, '{"jsonPayload":{"secret":1}}', /without a field "event"/],
    [
      'a field that only its prototype has',
      { payload: 'json', field: 'toString' },
      '{"jsonPayload":{}}',
      /without a field/,
    ],
    ['base64 that is a number', body, '{"jsonPayload":{"body":17}}', /"body" is no text/],
    ['text that is not base64', base64, '{"textPayload":"not secret!"}', /"message" is not base64/],
    ['base64 that lost its end', base64, '{"textPayload":"aMOpa"}', /"message" is not base64/],
    ['a part of an entry that was cut', base64, '{"textPayload":"aMOp","split":{"totalSplits":3}}', /into 3 entries/],
  ];
  for (const [what, logs, entry, detail] of unreadable) {
    it(`is refused in ${what}, without showing it`, () => {
      assert.throws(
        () => unwrapLogEntry(Buffer.from(entry, 'latin1'), logs),
        (error: unknown) => {
          assert.ok(error instanceof OnrampError);
          assert.equal(error.code, 'LOG_ENTRY_UNREADABLE');
          assert.match(error.detail, detail);
          assert.ok(!error.detail.includes('secret'));
          return true;
        },
      );
    });
  }
});

describe('the facts of a log entry', () => {
  const attributes = (entry: object) => unwrap(JSON.stringify({ jsonPayload: {}, ...entry }), json).attributes;

  it('are its severity, name, id, time, trace, span and labels', () => {
    const facts = attributes({
      severity: 'ERROR',
      logName: 'projects/p/logs/stdout',
      insertId: 'i1',
      timestamp: '2026-01-02T03:04:05Z',
      trace: 'projects/p/traces/t',
      spanId: 's',
      labels: { 'k8s-pod/app': 'web', instanceId: '7' },
    });
    assert.deepEqual(facts, {
      log_severity: 'ERROR',
      log_name: 'projects/p/logs/stdout',
      log_insert_id: 'i1',
      log_timestamp: '2026-01-02T03:04:05Z',
      log_trace: 'projects/p/traces/t',
      log_span_id: 's',
      'log_label_k8s-pod/app': 'web',
      log_label_instanceId: '7',
    });
  });

  it('of one that has none are its severity, which Cloud Logging leaves out when it is the default', () => {
    assert.deepEqual(attributes({}), { log_severity: 'DEFAULT' });
  });

  it('stay within what Pub/Sub takes', () => {
    const labels = Object.fromEntries(Array.from({ length: 80 }, (_, n) => [`label-${n}`, 'é'.repeat(1000)]));
    const facts = attributes({ labels: { ['k'.repeat(300)]: 'v', ...labels }, trace: 't'.repeat(5000) });
    assert.ok(Object.keys(facts).length < 90);
    for (const [key, value] of Object.entries(facts)) {
      assert.ok(Buffer.byteLength(key) <= 256, key);
      assert.ok(Buffer.byteLength(value) <= 1024, key);
    }
    assert.match(facts['log_label_label-0'] ?? '', /^é+\ufffd?$/);
  });
});
