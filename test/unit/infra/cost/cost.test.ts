import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { attributesOfEvent } from '../../../../functions/core/envelope.ts';
import { dataflowJobs, nativeSubscriptions } from '../../../../infra/cost/alternatives.ts';
import { hubAttributes, rowMetadata, streamStages } from '../../../../infra/cost/assumptions.ts';
import { breakEvenRate, cheaperBilling, computePerSecond, running } from '../../../../infra/cost/compute.ts';
import { billedBytes, costPerMillion } from '../../../../infra/cost/cost.ts';
import { costReport } from '../../../../infra/cost/cost-report.ts';

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) <= 1e-9 + Math.abs(expected) * 0.01, `${actual} is not about ${expected}`);

const rate = fc.double({ min: 0.01, max: 20_000, noNaN: true });
const bytes = fc.integer({ min: 1, max: 100_000 });
const stage = fc.constantFrom(...streamStages);

describe('bytes that Pub/Sub bills', () => {
  it('are 1,000 at least for a request, which the messages of a batch share', () => {
    assert.equal(billedBytes(200, 1), 1000);
    assert.equal(billedBytes(200, 5), 200);
    assert.equal(billedBytes(200, 2), 500);
    assert.equal(billedBytes(1500, 1), 1500);
  });
});

describe('a million messages', () => {
  it('cost four requests each when every stage is billed by request', () => {
    near(costPerMillion({ rate: 100, bytes: 1000 }).requests, 4 * 0.4);
    near(costPerMillion({ rate: 100, bytes: 1000, billing: 'instance' }).requests, 0);
    near(costPerMillion({ rate: 100, bytes: 1000, delivery: 'pull' }).requests, 0.4);
  });

  it('cost at 2,500 a second more for requests than for all the rest', () => {
    const { requests, total } = costPerMillion({ rate: 2500, bytes: 1000, ramps: 10 });
    assert.ok(requests > total - requests);
  });

  it('cost what Pub/Sub’s bytes say: two publications and four deliveries', () => {
    // 1,037 bytes published and pushed on the ramp, 1,317 published once and pushed three times on the hub
    near(costPerMillion({ rate: 1000, bytes: 1000 }).pubsub, (2 * 1037 + 4 * 1317) * 1e6 * (40 / 1024 ** 4));
  });

  it('cost less on each hop by pull only when they are small', () => {
    const saved = (size: number) =>
      costPerMillion({ rate: 1000, bytes: size }).pubsub -
      costPerMillion({ rate: 1000, bytes: size, delivery: 'pull' }).pubsub;
    near(saved(100), 3 * (1000 - 417) * 1e6 * (40 / 1024 ** 4));
    near(saved(2000), 0);
  });

  it('make a file for every message when there are few, and one for each ramp of a batch when there are many', () => {
    near(costPerMillion({ rate: 0.01, bytes: 1000, ramps: 10 }).lakeFiles, 2 * 1e6 * (0.005 / 1000));
    near(costPerMillion({ rate: 900, bytes: 1000, ramps: 10 }).lakeFiles, 2 * (10 / 900) * 1e6 * (0.005 / 1000));
  });

  it('cost as much as their parts together, and never less for larger ones or for a choice that is not the cheapest', () => {
    fc.assert(
      fc.property(rate, bytes, fc.integer({ min: 1, max: 50 }), (perSecond, size, ramps) => {
        const traffic = { rate: perSecond, bytes: size, ramps };
        const { total, ...parts } = costPerMillion(traffic);
        near(
          total,
          Object.values(parts).reduce((a, b) => a + b),
        );
        assert.ok(Object.values(parts).every(part => part >= 0 && Number.isFinite(part)));
        const cheapest = costPerMillion({ ...traffic, billing: 'cheaper' }).total;
        assert.ok(cheapest <= total * 1.000001);
        assert.ok(cheapest <= costPerMillion({ ...traffic, billing: 'instance' }).total * 1.000001);
        assert.ok(costPerMillion({ ...traffic, bytes: size + 1000 }).pubsub >= parts.pubsub);
      }),
    );
  });
});

describe('a stage', () => {
  it('holds no more requests than it may, and flushes within its bounds', () => {
    fc.assert(
      fc.property(stage, rate, bytes, (id, perSecond, size) => {
        const { instances, messagesPerBatch, batchesPerSecond, cycle } = running(id, perSecond, size);
        assert.ok((perSecond / instances) * cycle <= 2 * 0.6 * 1000);
        assert.ok(messagesPerBatch >= 1);
        near(batchesPerSecond * messagesPerBatch, perSecond);
      }),
    );
  });

  it('is cheaper by request just below its break-even rate, and by instance from there on', () => {
    for (const id of streamStages) {
      const from = breakEvenRate(id, 1000);
      assert.equal(cheaperBilling(id, from * 0.99, 1000), 'request', id);
      for (const times of [1.01, 2, 10, 100, 1000])
        assert.equal(cheaperBilling(id, from * times, 1000), 'instance', id);
    }
  });

  it('costs no more for its instance than an instance that never ends', () => {
    fc.assert(
      fc.property(stage, rate, (id, perSecond) => {
        const { instances } = running(id, perSecond, 1000);
        const { time } = computePerSecond(id, perSecond, 1000, 'instance');
        assert.ok(time <= instances * (0.000018 + 0.000002) * 1.000001);
      }),
    );
  });
});

describe('what is assumed of Onramp’s attributes', () => {
  it('is what an event of ordinary names has', () => {
    const attributes = attributesOfEvent({
      ramp: 'payment/payment-event',
      eventId: 'payment/payment-event/12345678901234567',
      publishTime: '2026-01-31T09:15:02.123456Z',
      schema: 'acme.payment.v1.PaymentEvent',
      schemaVersion: '0123456789abcdef',
      sha256: 'a'.repeat(64),
      orderingKey: '',
      attributes: {},
      payload: new Uint8Array(),
    });
    const sizes = Object.entries(attributes).map(([key, value]) => [key.length + value.length, value.length] as const);
    const total = sizes.reduce((sum, [both]) => sum + both, 0);
    const values = sizes.reduce((sum, [, value]) => sum + value, 0);
    assert.ok(Math.abs(total - hubAttributes) < 40, String(total));
    assert.ok(Math.abs(values - rowMetadata) < 40, String(values));
  });
});

describe('the alternatives', () => {
  it('are one publication and two exports, and a worker at least for each job', () => {
    assert.ok(
      nativeSubscriptions({ rate: 1, bytes: 1000 }) <
        costPerMillion({ rate: 2500, bytes: 1000, billing: 'cheaper' }).total,
    );
    assert.ok(dataflowJobs({ rate: 1, bytes: 1000 }) > 100 * dataflowJobs({ rate: 2500, bytes: 1000 }));
  });
});

describe('the report', () => {
  it('names the stages to set, and a month of the cheapest', () => {
    const report = costReport({ rate: 4, bytes: 1000, ramps: 1, publishBatch: 1 });
    assert.equal(report.instanceBilledStages, 'hub-to-raw-lake,hub-to-structured-lake');
    near(report.dollarsPerMonth, report.cheapest.total * 4 * 2.592);
    assert.equal(costReport({ rate: 0.1, bytes: 1000, ramps: 1, publishBatch: 1 }).instanceBilledStages, '');
  });
});
