import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { batchEnvironment, wiring } from '../../../functions/core/wiring.ts';
import { readEnvironment } from '../../../functions/environment.ts';

const complete = {
  ...Object.fromEntries(wiring['hub-to-raw-lake'].environment.map(key => [key, `value of ${key}`])),
  ...batchEnvironment(wiring['hub-to-raw-lake'].batch),
};

describe('the environment of a function', () => {
  it('gives what the wiring names', () => {
    const environment = readEnvironment('hub-to-raw-lake', complete);
    assert.equal(environment.value('ONRAMP_RAW_LAKE_BUCKET'), 'value of ONRAMP_RAW_LAKE_BUCKET');
    assert.deepEqual(environment.batch, wiring['hub-to-raw-lake'].batch);
  });

  it('refuses to give what the wiring does not name for the stage', () => {
    const environment = readEnvironment('hub-to-raw-lake', complete);
    assert.throws(() => environment.value('ONRAMP_HUB_TOPIC'), /does not name ONRAMP_HUB_TOPIC/);
  });

  it('names every missing and every wrong key in one error', () => {
    assert.throws(
      () => readEnvironment('hub-to-raw-lake', { ...complete, ONRAMP_PROJECT: '', ONRAMP_BATCH_RECORDS: '-1' }),
      { message: /ONRAMP_PROJECT is not set; ONRAMP_BATCH_RECORDS is "-1", not a positive whole number/ },
    );
  });
});
