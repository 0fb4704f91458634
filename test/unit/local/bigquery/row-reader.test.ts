import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { DuckDBValue } from '@duckdb/node-api';
import { parseColumns } from '../../../../local/bigquery/schema.ts';
import type { DescriptorProto } from '../../../../local/bigquery/storage-write/proto-types.ts';
import { rowReader } from '../../../../local/bigquery/storage-write/row-reader.ts';
import { rowJson } from '../../../../local/bigquery/values/cell.ts';

/** Writes a field: its number is 1 unless said otherwise. */
type Write = (writer: BinaryWriter) => unknown;

/** Reads one row of one field into one column; answers with its cell as the REST API prints it. */
function read(column: object, field: object, write: Write, extra: Partial<DescriptorProto> = {}) {
  const columns = parseColumns([{ name: 'c', ...column }]);
  const descriptor = { name: 'Row', field: [{ name: 'c', number: 1, label: 'LABEL_OPTIONAL', ...field }], ...extra };
  const writer = new BinaryWriter();
  write(writer);
  const row: DuckDBValue[] = rowReader(columns, columns, descriptor)(Buffer.from(writer.finish()));
  return rowJson(columns, row, 'INT64').f[0]?.v;
}

const varint =
  (value: bigint | number): Write =>
  writer =>
    writer.tag(1, WireType.Varint).int64(BigInt(value));
const text =
  (value: string): Write =>
  writer =>
    writer.tag(1, WireType.LengthDelimited).string(value);
const bytes =
  (value: number[]): Write =>
  writer =>
    writer.tag(1, WireType.LengthDelimited).bytes(Uint8Array.from(value));
const nothing: Write = () => undefined;

describe('a field goes into a column', () => {
  const cases: [string, object, object, Write, unknown][] = [
    ['absent: NULL, not zero', { type: 'INTEGER' }, { type: 'TYPE_INT64' }, nothing, null],
    [
      'absent and repeated: empty',
      { type: 'INTEGER', mode: 'REPEATED' },
      { type: 'TYPE_INT64', label: 'LABEL_REPEATED' },
      nothing,
      [],
    ],
    ['int64', { type: 'INTEGER' }, { type: 'TYPE_INT64' }, varint(-(2n ** 63n)), '-9223372036854775808'],
    ['negative int32 of ten bytes', { type: 'INTEGER' }, { type: 'TYPE_INT32' }, varint(-5), '-5'],
    ['uint32', { type: 'INTEGER' }, { type: 'TYPE_UINT32' }, varint(4_294_967_295), '4294967295'],
    ['sint64', { type: 'INTEGER' }, { type: 'TYPE_SINT64' }, w => w.tag(1, WireType.Varint).sint64(-3n), '-3'],
    ['sfixed32', { type: 'INTEGER' }, { type: 'TYPE_SFIXED32' }, w => w.tag(1, WireType.Bit32).sfixed32(-7), '-7'],
    [
      'fixed64 into NUMERIC',
      { type: 'NUMERIC' },
      { type: 'TYPE_FIXED64' },
      w => w.tag(1, WireType.Bit64).fixed64(2n ** 64n - 1n),
      '18446744073709551615',
    ],
    [
      'uint64 into NUMERIC',
      { type: 'NUMERIC' },
      { type: 'TYPE_UINT64' },
      w => w.tag(1, WireType.Varint).uint64(2n ** 64n - 1n),
      '18446744073709551615',
    ],
    [
      'double into NUMERIC',
      { type: 'NUMERIC' },
      { type: 'TYPE_DOUBLE' },
      w => w.tag(1, WireType.Bit64).double(0.1),
      '0.1',
    ],
    ['bytes into NUMERIC', { type: 'NUMERIC' }, { type: 'TYPE_BYTES' }, bytes([0x00, 0x36, 0x65, 0xc4]), '-1'],
    [
      'double into BIGNUMERIC',
      { type: 'BIGNUMERIC' },
      { type: 'TYPE_DOUBLE' },
      w => w.tag(1, WireType.Bit64).double(2 ** -30),
      '0.000000000931322574615478515625',
    ],
    [
      'uint64 into BIGNUMERIC',
      { type: 'BIGNUMERIC' },
      { type: 'TYPE_UINT64' },
      w => w.tag(1, WireType.Varint).uint64(2n ** 64n - 1n),
      '18446744073709551615',
    ],
    ['bytes into BIGNUMERIC', { type: 'BIGNUMERIC' }, { type: 'TYPE_BYTES' }, bytes([0xff]), `-0.${'0'.repeat(37)}1`],
    [
      'a string into a decimal of few digits',
      { type: 'BIGNUMERIC', precision: '5', scale: '2' },
      { type: 'TYPE_STRING' },
      text('-123.455'),
      '-123.46',
    ],
    ['int32 into BOOLEAN', { type: 'BOOLEAN' }, { type: 'TYPE_INT32' }, varint(2), 'true'],
    ['string into BYTES', { type: 'BYTES' }, { type: 'TYPE_STRING' }, text('é'), 'w6k='],
    ['string into TIMESTAMP', { type: 'TIMESTAMP' }, { type: 'TYPE_STRING' }, text('1970-01-01T00:00:01Z'), '1000000'],
    ['string into DATE', { type: 'DATE' }, { type: 'TYPE_STRING' }, text('2024-02-29'), '2024-02-29'],
    [
      'packed TIME',
      { type: 'TIME' },
      { type: 'TYPE_INT64' },
      varint((12n << 32n) | (34n << 26n) | (56n << 20n) | 789n),
      '12:34:56.000789',
    ],
    [
      'packed DATETIME',
      { type: 'DATETIME' },
      { type: 'TYPE_INT64' },
      varint((2024n << 46n) | (2n << 42n) | (29n << 37n) | (23n << 32n)),
      '2024-02-29T23:00:00',
    ],
    ['ISO 8601 into INTERVAL', { type: 'INTERVAL' }, { type: 'TYPE_STRING' }, text('P1D'), '0-0 1 0:0:0'],
    [
      'the last of a field that comes twice',
      { type: 'INTEGER' },
      { type: 'TYPE_INT64' },
      w => [varint(1)(w), varint(2)(w)],
      '2',
    ],
  ];
  for (const [what, column, field, write, expected] of cases) {
    it(what, () => {
      assert.deepEqual(read(column, field, write), expected);
    });
  }

  it('of repeated numbers, packed or not', () => {
    const column = { type: 'INTEGER', mode: 'REPEATED' };
    const field = { type: 'TYPE_INT64', label: 'LABEL_REPEATED' };
    const expected = [{ v: '1' }, { v: '300' }];
    assert.deepEqual(
      read(column, field, w => w.tag(1, WireType.LengthDelimited).fork().int64(1n).int64(300n).join()),
      expected,
    );
    assert.deepEqual(
      read(column, field, w => [varint(1)(w), varint(300)(w)]),
      expected,
    );
  });

  it('of an enum by its name, or by its number', () => {
    const enumType = [
      {
        name: 'Kind',
        value: [
          { name: 'NONE', number: 0 },
          { name: 'SOME', number: 7 },
        ],
      },
    ];
    const field = { type: 'TYPE_ENUM', typeName: '.Row.Kind' };
    assert.equal(read({ type: 'STRING' }, field, varint(7), { enumType }), 'SOME');
    assert.equal(read({ type: 'INTEGER' }, field, varint(9), { enumType }), '9');
    assert.throws(() => read({ type: 'STRING' }, field, varint(9), { enumType }), { name: 'ValueError' });
  });

  it('of a well-known message', () => {
    const message = (type: string) => ({ type: 'TYPE_MESSAGE', typeName: `.google.protobuf.${type}` });
    const inner =
      (write: Write): Write =>
      w => [w.tag(1, WireType.LengthDelimited).fork(), write(w), w.join()];
    const time: Write = w => w.tag(1, WireType.Varint).int64(-1n).tag(2, WireType.Varint).int32(999_999_999);
    assert.equal(read({ type: 'TIMESTAMP' }, message('Timestamp'), inner(time)), '-1');
    assert.equal(read({ type: 'INTERVAL' }, message('Duration'), inner(varint(90))), '0-0 0 0:1:30');
    assert.equal(read({ type: 'STRING' }, message('StringValue'), inner(text('x'))), 'x');
    assert.equal(read({ type: 'INTEGER' }, message('Int64Value'), inner(nothing)), '0');
    assert.equal(read({ type: 'INTEGER' }, message('Int64Value'), nothing), null);
    assert.throws(() => read({ type: 'INTEGER' }, message('UInt64Value'), nothing), { name: 'WriterSchemaError' });
  });

  it('by name in any case, or by the column name that it is annotated with', () => {
    assert.equal(read({ type: 'INTEGER', name: 'Total' }, { name: 'total', type: 'TYPE_INT64' }, varint(1)), '1');
    const options = { '.google.cloud.bigquery.storage.v1.columnName': 'c' };
    assert.equal(read({ type: 'INTEGER' }, { name: 'field_x', type: 'TYPE_INT64', options }, varint(1)), '1');
  });

  it('past fields that the writer’s message does not have, groups among them', () => {
    const unknown: Write = w => [
      w.tag(9, WireType.Varint).int64(5n),
      w.tag(10, WireType.StartGroup).tag(1, WireType.Bit32).fixed32(1).tag(10, WireType.EndGroup),
      w.tag(11, WireType.Bit64).fixed64(1n),
      varint(3)(w),
    ];
    assert.equal(read({ type: 'INTEGER' }, { type: 'TYPE_INT64' }, unknown), '3');
  });
});

describe('a field does not go into a column', () => {
  const cases: [string, object, object][] = [
    ['uint64 into INTEGER', { type: 'INTEGER' }, { type: 'TYPE_UINT64' }],
    ['fixed64 into INTEGER', { type: 'INTEGER' }, { type: 'TYPE_FIXED64' }],
    ['string into INTEGER', { type: 'INTEGER' }, { type: 'TYPE_STRING' }],
    ['int64 into STRING', { type: 'STRING' }, { type: 'TYPE_INT64' }],
    ['bool into INTEGER', { type: 'INTEGER' }, { type: 'TYPE_BOOL' }],
    ['int64 into FLOAT', { type: 'FLOAT' }, { type: 'TYPE_INT64' }],
    ['bytes into STRING', { type: 'STRING' }, { type: 'TYPE_BYTES' }],
    ['uint64 into TIMESTAMP', { type: 'TIMESTAMP' }, { type: 'TYPE_UINT64' }],
    ['a message into JSON', { type: 'JSON' }, { type: 'TYPE_MESSAGE', typeName: '.google.protobuf.Struct' }],
    ['one value into a repeated column', { type: 'INTEGER', mode: 'REPEATED' }, { type: 'TYPE_INT64' }],
  ];
  for (const [what, column, field] of cases) {
    it(what, () => {
      assert.throws(() => read(column, field, nothing), { name: 'WriterSchemaError', kind: 'mismatch' });
    });
  }
});

describe('a value does not fit', () => {
  const cases: [string, object, object, Write][] = [
    ['a date after 9999', { type: 'DATE' }, { type: 'TYPE_INT32' }, varint(2_932_897)],
    ['a moment before 0001', { type: 'TIMESTAMP' }, { type: 'TYPE_INT64' }, varint(-62_135_596_800_000_001n)],
    ['a decimal of too many digits', { type: 'NUMERIC' }, { type: 'TYPE_STRING' }, text('0.1234567891')],
    [
      'a decimal of too many digits for its column',
      { type: 'NUMERIC', precision: '5', scale: '2' },
      { type: 'TYPE_STRING' },
      text('1000'),
    ],
    [
      'bytes beyond a BIGNUMERIC',
      { type: 'BIGNUMERIC' },
      { type: 'TYPE_BYTES' },
      bytes(Array.from({ length: 33 }, () => 0x7f)),
    ],
    ['text that is no JSON', { type: 'JSON' }, { type: 'TYPE_STRING' }, text('{')],
    ['a time of 24 hours', { type: 'TIME' }, { type: 'TYPE_INT64' }, varint(24n << 32n)],
    [
      'NaN in a NUMERIC',
      { type: 'NUMERIC' },
      { type: 'TYPE_DOUBLE' },
      w => w.tag(1, WireType.Bit64).double(Number.NaN),
    ],
    ['bytes that are not UTF-8', { type: 'STRING' }, { type: 'TYPE_STRING' }, bytes([0xc3, 0x28])],
  ];
  for (const [what, column, field, write] of cases) {
    it(what, () => {
      assert.throws(() => read(column, field, write), { name: 'ValueError', path: 'c' });
    });
  }

  it('and bytes that are no message are told apart', () => {
    for (const broken of [[0x0a, 0x05], [0x08], [0x00], [0x0b], [0x0c], [0x0f], Array<number>(11).fill(0x80)]) {
      const columns = parseColumns([{ name: 'c', type: 'INTEGER' }]);
      const read = rowReader(columns, columns, { name: 'Row', field: [{ name: 'c', number: 1, type: 'TYPE_INT64' }] });
      assert.throws(() => read(Buffer.from(broken)), { name: 'WireError' });
    }
  });
});
