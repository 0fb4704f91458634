import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { done, type Message, type Outcome } from '../../../../functions/core/stage.ts';
import { settleWith } from '../../../../functions/delivery/settle.ts';
import { createLog } from '../../../../functions/log.ts';
import { fieldOf, filterOf, type LogMetric, logMetrics } from '../../../../infra/observability/log-metrics.ts';

/** What Cloud Logging makes of a line that a function prints: see functions/log.ts. */
function entryOf(line: string): Record<string, unknown> {
  const {
    severity,
    'logging.googleapis.com/trace': trace,
    ...jsonPayload
  } = JSON.parse(line) as Record<string, unknown>;
  return { severity, trace, jsonPayload, resource: { type: 'cloud_run_revision' } };
}

const severities = ['DEFAULT', 'DEBUG', 'INFO', 'NOTICE', 'WARNING', 'ERROR'];

const at = (entry: Record<string, unknown>, path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], entry);

/** Whether an entry passes a filter that is made of comparisons joined by AND. */
function passes(entry: Record<string, unknown>, filter: string): boolean {
  return filter.split(' AND ').every(comparison => {
    const [, path = '', operator, value = ''] = /^([\w.]+)(>?=)(.*)$/.exec(comparison) ?? assert.fail(comparison);
    const found = String(at(entry, path));
    if (operator === '>=') return severities.indexOf(found) >= severities.indexOf(value);
    const wanted = value.replace(/^\((.*)\)$/, '$1').split(' OR ');
    return wanted.includes(JSON.stringify(found));
  });
}

const message = (ramp: string): Message => ({
  id: '1',
  publishTime: '2026-01-01T00:00:00Z',
  data: Buffer.from('secret'),
  attributes: { onramp_ramp: ramp, card: 'secret' },
  orderingKey: '',
  source: 'hub',
  trace: '06796866738c859f2f19b7cfb3214824',
});

/** The lines that a stage prints for a batch with these outcomes. */
async function linesOf(outcomes: Outcome[], sending = () => Promise.resolve()): Promise<string[]> {
  const lines: string[] = [];
  const log = createLog('hub-to-warehouse', line => void lines.push(line), 'acme-platform');
  const settle = settleWith({ handle: () => Promise.resolve(outcomes) }, sending, log);
  await Promise.all(settle(outcomes.map((_, index) => message(index % 2 === 0 ? 'shop/order' : 'shop/refund'))));
  return lines;
}

const letter: Outcome = { kind: 'dead-letter', reason: 'PAYLOAD_UNDECODABLE', detail: 'field 3' };
const retry: Outcome = { kind: 'retry', error: new Error('busy') };

/** What a metric counts of lines, by its labels. */
function counted(metric: LogMetric, lines: readonly string[]): unknown[] {
  return lines
    .map(entryOf)
    .filter(entry => passes(entry, filterOf(metric)))
    .map(entry => {
      const extract = (key: string) => at(entry, /^EXTRACT\((.*)\)$/.exec(fieldOf(key))?.[1] ?? '');
      return [extract('count'), ...metric.labels.map(extract)];
    });
}

describe('the metrics from log lines', () => {
  it('count dead letters by stage, reason and ramp', async () => {
    const lines = await linesOf([letter, letter, letter, done]);
    assert.deepEqual(counted(logMetrics.deadLetters, lines), [
      [2, 'hub-to-warehouse', 'PAYLOAD_UNDECODABLE', 'shop/order'],
      [1, 'hub-to-warehouse', 'PAYLOAD_UNDECODABLE', 'shop/refund'],
    ]);
    assert.deepEqual(counted(logMetrics.redeliveries, lines), []);
  });

  it('count what is left to Pub/Sub, also because a dead letter could not be sent', async () => {
    assert.deepEqual(counted(logMetrics.redeliveries, await linesOf([retry, done, retry])), [[2, 'hub-to-warehouse']]);
    const lines = await linesOf([letter, done], () => Promise.reject(new Error('no route')));
    assert.deepEqual(counted(logMetrics.redeliveries, lines), [[1, 'hub-to-warehouse']]);
    assert.deepEqual(counted(logMetrics.deadLetters, lines), []);
  });

  it('count nothing of a batch that went well', async () => {
    assert.deepEqual(await linesOf([done, done]), []);
  });
});

describe('the lines themselves', () => {
  it('name the ramp when it is one, link to the request, and show nothing of a message', async () => {
    const [one = '', several = ''] = [...(await linesOf([retry])), ...(await linesOf([retry, retry]))];
    assert.deepEqual(JSON.parse(one), {
      severity: 'ERROR',
      message: 'messages will be redelivered',
      stage: 'hub-to-warehouse',
      count: 1,
      ramp: 'shop/order',
      error: 'busy',
      'logging.googleapis.com/trace': 'projects/acme-platform/traces/06796866738c859f2f19b7cfb3214824',
    });
    assert.equal((JSON.parse(several) as { ramp?: string }).ramp, undefined);
    assert.ok(!`${one}${several}`.includes('secret'));
  });
});
