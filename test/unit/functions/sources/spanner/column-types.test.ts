import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { WireType, WireValue } from '../../../../../functions/clients/spanner.ts';
import { AvroBlock } from '../../../../../functions/core/batch/avro-block.ts';
import { ColumnWriter, columnTally } from '../../../../../functions/core/batch/column-writer.ts';
import type { ColumnPolicy } from '../../../../../functions/core/batch/config.ts';
import { exportSchema } from '../../../../../functions/core/batch/export-column.ts';
import { AvroReader, valueReader } from '../../../../../functions/core/codec/avro-reader.ts';
import { readColumn } from '../../../../../functions/sources/spanner/column-types.ts';
import { valueWriter } from '../../../../../functions/sources/spanner/values.ts';

const planned = (policy: ColumnPolicy) => ({ index: 0, sourceName: 'c', name: 'c', policy });

/** The type that a value is exported as, and what is read back of it. */
function exported(type: WireType, value: WireValue, policy: ColumnPolicy = {}) {
  const read = readColumn(planned(policy), { name: 'c', type });
  const block = new AvroBlock(Buffer.alloc(16));
  valueWriter(read, new ColumnWriter(read.column, block, columnTally(read.column, policy)), new Map())(value);
  const reader = new AvroReader(block.bytes.subarray(0, block.position));
  return [
    read.column.type,
    read.column.sourceType,
    (valueReader(exportSchema('e', [read.column]))(reader) as { c: unknown }).c,
  ];
}

const text = (stringValue: string): WireValue => ({ kind: 'stringValue', stringValue });

// Those that the emulator does not have.
describe('a column of Spanner', () => {
  it('of a UUID, an INTERVAL, a PROTO or an ENUM keeps its value', () => {
    const uuid = '00112233-4455-6677-8899-aabbccddeeff';
    assert.deepEqual(exported({ code: 17 }, text(uuid)), ['STRING', 'UUID', uuid]);
    const interval = 'P1Y2M3DT4H5M6.5S';
    assert.deepEqual(exported({ code: 'INTERVAL' }, text(interval)), ['STRING', 'INTERVAL', interval]);
    const proto = { code: 'PROTO', protoTypeFqn: 'shop.Order' };
    assert.deepEqual(exported(proto, text('CAES')), ['BYTES', 'PROTO<shop.Order>', Buffer.from('080112', 'hex')]);
    const colour = { code: 'ENUM', protoTypeFqn: 'shop.Colour' };
    assert.deepEqual(exported(colour, text('2')), ['INTEGER', 'ENUM<shop.Colour>', 2n]);
    assert.deepEqual(exported(colour, text('2'), { type: 'STRING' }), ['STRING', 'ENUM<shop.Colour>', '2']);
  });

  it('of arrays of them is JSON, or REPEATED where that is declared', () => {
    const list: WireValue = { kind: 'listValue', listValue: { values: [text('2'), { kind: 'nullValue' }] } };
    const colours = { code: 'ARRAY', arrayElementType: { code: 'ENUM', protoTypeFqn: 'shop.Colour' } };
    assert.deepEqual(exported(colours, list), ['JSON', 'ARRAY<ENUM<shop.Colour>>', '[2,null]']);
    assert.deepEqual(exported(colours, list, { onNullElement: 'drop' }).slice(2), [[2n]]);
    const uuids = { code: 'ARRAY', arrayElementType: { code: 17 } };
    assert.deepEqual(exported(uuids, list), ['JSON', 'ARRAY<UUID>', '["2",null]']);
  });

  it('of a TOKENLIST, or of what is not known, is refused', () => {
    for (const code of ['TOKENLIST', 99]) {
      assert.throws(() => readColumn(planned({}), { name: 'c', type: { code } }), { code: 'EXPORT_TYPE_REFUSED' });
    }
  });
});
