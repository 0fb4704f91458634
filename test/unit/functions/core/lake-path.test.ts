import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lakeObject, rampOfLakeObject } from '../../../../functions/core/lake-path.ts';
import { partitionProblem } from '../../../../functions/core/partition-range.ts';

const time = new Date('2026-02-03T04:05:06.789Z');

describe('lake paths', () => {
  it('partition by ramp, date and hour, as hive does', () => {
    const name = lakeObject('flights/departures', time, 'unique');
    assert.equal(name, 'ramp=flights.departures/date=2026-02-03/hour=04/unique.avro');
    assert.equal(rampOfLakeObject(name), 'flights/departures');
  });

  it('belong to no ramp when they are not of the lake', () => {
    assert.equal(rampOfLakeObject('schemas/a.binpb'), undefined);
  });
});

describe('the range of partitions', () => {
  const micros = (iso: string) => BigInt(Date.parse(iso)) * 1000n;

  it('reaches ten years back and one year ahead', () => {
    assert.equal(partitionProblem('at', micros('2017-01-01T00:00:00Z'), time), undefined);
    assert.equal(partitionProblem('at', micros('2027-02-01T00:00:00Z'), time), undefined);
    assert.match(partitionProblem('at', micros('2015-01-01T00:00:00Z'), time) ?? '', /^at is 2015-01-01/);
    assert.match(partitionProblem('at', micros('2027-03-01T00:00:00Z'), time) ?? '', /^at is 2027-03-01/);
  });

  it('does not concern a row without a time, which goes to the NULL partition', () => {
    assert.equal(partitionProblem('at', null, time), undefined);
  });
});
