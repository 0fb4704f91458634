import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type DescMessage, fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import { compileSchemas } from '../../../../infra/schemas.ts';
import * as assets from '../../../../local/demo/assets.ts';
import * as flights from '../../../../local/demo/flights.ts';
import * as quakes from '../../../../local/demo/quakes.ts';

const { schemas } = compileSchemas(join(import.meta.dirname, '../../../..'));

function messageType(name: string): DescMessage {
  const compiled = schemas?.get(name);
  assert.ok(compiled, name);
  return compiled.schema.message;
}

/** How many events there are; each of them must be a message of the type. */
function countMessages(type: DescMessage, events: Iterable<unknown>): number {
  let count = 0;
  for (const event of events) {
    assert.ok(toBinary(type, fromJson(type, event as JsonValue)).byteLength > 0);
    count += 1;
  }
  return count;
}

describe('the demo’s flights', () => {
  it('are 200,000 departures', () => {
    assert.equal(countMessages(messageType('flights.v1.Departure'), flights.events()), 200_000);
  });

  it('are late from a quarter of an hour on, and only then have late minutes', () => {
    const row = { delay: 15, distance: 2227, time: 23.983333333333334 };
    assert.deepEqual(flights.departureOfRow(row), {
      departedAt: '2001-01-01T23:59:00.000Z',
      distanceMiles: 2227,
      punctuality: 'PUNCTUALITY_LATE',
      arrival: { delayMinutes: 15, lateMinutes: 15 },
    });
    const { punctuality, arrival } = flights.departureOfRow({ ...row, delay: 14 });
    assert.equal(punctuality, 'PUNCTUALITY_ON_TIME');
    assert.deepEqual(arrival, { delayMinutes: 14 });
    assert.equal(flights.departureOfRow({ ...row, delay: -1 }).punctuality, 'PUNCTUALITY_EARLY');
  });
});

describe('the demo’s quakes', () => {
  it('are 1,707 quakes', () => {
    assert.equal(countMessages(messageType('quakes.v1.Quake'), quakes.events()), 1707);
  });

  it('leave out what is null, and split the lists of the feed', () => {
    const [first] = quakes.events();
    assert.ok(first);
    assert.equal(first['kind'], 'KIND_EARTHQUAKE');
    assert.equal(first['significance'], '62');
    assert.equal('alertLevel' in first, false);
    assert.deepEqual(first['knownIds'], ['ci37868143']);
    assert.equal((first['products'] as string[]).length, 5);
  });
});

describe('the demo’s assets', () => {
  it('are image files, byte for byte', () => {
    const files = [...assets.events()];
    assert.equal(files.length, 3);
    for (const file of files) assert.equal(Buffer.from(file.subarray(1, 4)).toString(), 'PNG');
  });
});
