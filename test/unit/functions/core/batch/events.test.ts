import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import {
  type BatchEvent,
  type BatchEventBody,
  decodeBatchEvent,
  encodeBatchEvent,
  type Failure,
} from '../../../../../functions/core/batch/events.ts';
import { eventsFile } from '../../../../../functions/core/batch/events-file.ts';
import { compileProto } from '../../../../support/compile-proto.ts';

const repository = join(import.meta.dirname, '../../../../..');

const instant = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map(date => date.toISOString());
const text = fc.string();
const count = fc.maxSafeNat();
const failure: fc.Arbitrary<Failure> = fc.record({ code: text, detail: text, retryable: fc.boolean() });

const body: fc.Arbitrary<BatchEventBody> = fc.oneof(
  fc.constant({ type: 'export_started' as const }),
  fc.record({
    type: fc.constant('export_complete' as const),
    manifest: text,
    rows: count,
    bytes: count,
    losses: count,
  }),
  fc.record({ type: fc.constant('export_failed' as const), failure }),
  fc.record({ type: fc.constant('load_started' as const), manifest: text }),
  fc.record({ type: fc.constant('load_complete' as const), destination: text, manifest: text, rows: count }),
  fc.record({ type: fc.constant('load_failed' as const), destination: text, failure }),
  fc.record({ type: fc.constant('run_failed' as const), failure }),
  fc.record({ type: fc.constant('run_done' as const), rows: count }),
  fc.record({ type: fc.constant('sla_missed' as const), deadline: instant }),
  fc.record({ type: fc.constant('sla_at_risk' as const), deadline: instant, expected: instant }),
  fc.record({ type: fc.constant('pool_stuck' as const), pool: text, waiting: fc.nat(10_000) }),
  fc.record({ type: fc.constant('pool_moving' as const), pool: text }),
  fc.record({
    type: fc.constant('operation_done' as const),
    operation: fc.constantFrom('rerun' as const, 'mark-done' as const, 'backfill' as const),
    runs: fc.nat(1000),
  }),
);

const event: fc.Arbitrary<BatchEvent> = fc
  .record({ start: instant, end: instant, attempt: fc.nat(100), occurredAt: instant, event: body })
  .map(({ start, end, ...facts }) => ({ export: 'payment/transfers', interval: { start, end }, ...facts }));

describe('batch events', () => {
  it('are read back as they were written', () => {
    fc.assert(
      fc.property(event, arbitrary => {
        const written = structuredClone(arbitrary);
        assert.deepEqual(decodeBatchEvent(encodeBatchEvent(written).data), written);
      }),
    );
  });

  it('carry attributes by which a subscription can filter', () => {
    const { attributes } = encodeBatchEvent({
      export: 'payment/transfers',
      interval: { start: '2026-01-01T00:00:00.000Z', end: '2026-01-02T00:00:00.000Z' },
      attempt: 1,
      occurredAt: '2026-01-02T00:00:05.000Z',
      event: { type: 'run_done', rows: 3 },
    });
    assert.deepEqual(attributes, {
      event: 'run_done',
      export: 'payment/transfers',
      service: 'payment',
      interval_start: '2026-01-01T00:00:00.000Z',
    });
  });

  it('of a pool name no export and no interval', () => {
    const stuck: BatchEvent = {
      export: '',
      attempt: 0,
      occurredAt: '2026-01-02T00:00:05.000Z',
      event: { type: 'pool_stuck', pool: 'small', waiting: 4 },
    };
    const { data, attributes } = encodeBatchEvent(stuck);
    assert.deepEqual(attributes, { event: 'pool_stuck' });
    assert.deepEqual(decodeBatchEvent(data), stuck);
  });

  it('are refused when they are none', () => {
    assert.throws(() => decodeBatchEvent(new Uint8Array(0)), /says nothing/);
    assert.throws(() => decodeBatchEvent(Buffer.from([0xff, 0xff])));
  });

  it('have the shape that the proto file documents', () => {
    const path = 'onramp/batch/v1/events.proto';
    const set = compileProto({ [path]: readFileSync(join(repository, 'proto', path), 'utf8') });
    const file = set.file.find(({ name }) => name === path);
    assert.ok(file);
    delete file.$unknown;
    delete file.sourceCodeInfo;
    const compiled = Buffer.from(toBinary(FileDescriptorProtoSchema, file)).toString('base64').replace(/=+$/, '');
    if (process.env['UPDATE_GOLDEN'] === '1') writeEventsFile(compiled);
    else assert.equal(eventsFile, compiled, 'the compiled form is old; UPDATE_GOLDEN=1 writes it anew');
  });
});

function writeEventsFile(compiled: string): void {
  const source = join(repository, 'functions/core/batch/events-file.ts');
  const lines = (compiled.match(/.{1,110}/g) ?? []).map(line => `  '${line}',`).join('\n');
  const old = readFileSync(source, 'utf8');
  writeFileSync(source, old.replace(/= \[\n[^\]]*\n\]/, `= [\n${lines}\n]`));
}
