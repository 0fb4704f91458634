import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { queryText, queryValue } from '../../../cli/query-value.ts';
import { recordJson } from '../../../cli/record-json.ts';
import { rawRecordSchema } from '../../../functions/core/codec/raw-record.ts';

describe('a value of a query', () => {
  const value = (type: string, v: string | null, mode = 'NULLABLE') => queryValue({ name: 'c', type, mode }, { v });

  it('is exact in every type', () => {
    assert.equal(value('INTEGER', '-9223372036854775808'), '-9223372036854775808');
    assert.equal(value('NUMERIC', '18446744073709551615'), '18446744073709551615');
    assert.equal(value('FLOAT', '0.1'), 0.1);
    assert.equal(value('FLOAT', 'NaN'), 'NaN');
    assert.equal(value('FLOAT', '-Infinity'), '-Infinity');
    assert.equal(value('BOOLEAN', 'false'), false);
    assert.equal(value('TIMESTAMP', '978336000123456'), '2001-01-01T08:00:00.123456Z');
    assert.equal(value('BYTES', '/w=='), '/w==');
    assert.equal(value('STRING', null), null);
  });

  it('may be repeated and nested', () => {
    const field = {
      name: 'a',
      type: 'RECORD',
      mode: 'REPEATED',
      fields: [
        { name: 'key', type: 'STRING' },
        { name: 'counts', type: 'INTEGER', mode: 'REPEATED' },
      ],
    };
    const cell = {
      v: [{ v: { f: [{ v: 'k' }, { v: [{ v: '1' }, { v: '2' }] }] } }, { v: { f: [{ v: null }, { v: [] }] } }],
    };
    const expected = [
      { key: 'k', counts: ['1', '2'] },
      { key: null, counts: [] },
    ];
    assert.deepEqual(queryValue(field, cell), expected);
    assert.equal(queryText(queryValue(field, cell)), JSON.stringify(expected));
  });

  it('shows NULL in a table', () => {
    assert.equal(queryText(value('STRING', null)), 'NULL');
  });
});

describe('a record of a lake file as JSON', () => {
  it('rounds nothing', () => {
    const json = recordJson({
      type: 'record',
      name: 'r',
      fields: [
        { name: 'long', type: ['null', 'long'], default: null },
        { name: 'int', type: ['null', 'int'], default: null },
        { name: 'time', type: ['null', { type: 'long', logicalType: 'timestamp-micros' }], default: null },
        { name: 'date', type: ['null', { type: 'int', logicalType: 'date' }], default: null },
        { name: 'bytes', type: ['null', 'bytes'], default: null },
        { name: 'doubles', type: { type: 'array', items: 'double' }, default: [] },
        { name: 'map', type: { type: 'map', values: 'long' }, default: {} },
        { name: 'absent', type: ['null', 'string'], default: null },
      ],
    });
    const record = {
      long: 9223372036854775807n,
      int: 7,
      time: 978336000123456n,
      date: -719_162,
      bytes: Buffer.from([255]),
      doubles: [0.1, Number.NaN, Number.POSITIVE_INFINITY],
      map: { a: 1n },
      absent: null,
    };
    assert.deepEqual(json(record), {
      long: '9223372036854775807',
      int: 7,
      time: '2001-01-01T08:00:00.123456Z',
      date: '0001-01-01',
      bytes: '/w==',
      doubles: [0.1, 'NaN', 'Infinity'],
      map: { a: '1' },
      absent: null,
    });
  });

  it('knows the records of the raw lake', () => {
    const json = recordJson(rawRecordSchema);
    const record = { onramp_publish_time: 0n, onramp_attributes: { a: 'b' }, payload: Buffer.from('hi') };
    assert.partialDeepStrictEqual(json(record), {
      onramp_publish_time: '1970-01-01T00:00:00Z',
      onramp_attributes: { a: 'b' },
      payload: 'aGk=',
      onramp_event_id: null,
    });
  });
});
