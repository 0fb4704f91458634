import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromJson, type JsonObject, toBinary } from '@bufbuild/protobuf';
import { avroEncoder } from '../../../../../functions/core/codec/avro-record.ts';
import { readPayload } from '../../../../../functions/core/codec/decode.ts';
import type { Value } from '../../../../../functions/core/codec/row.ts';
import { OnrampError } from '../../../../../functions/core/errors.ts';
import { avroSchema } from '../../../../../functions/core/schema/avro-schema.ts';
import { schemaWithOptions } from '../../../../support/with-options.ts';

const schema = schemaWithOptions(`
  message M {
    int32 int_text = 1 [(onramp.field).type = TYPE_STRING];
    uint64 uint_text = 2 [(onramp.field).type = TYPE_STRING];
    int64 int_numeric = 3 [(onramp.field).type = TYPE_NUMERIC];
    string text_numeric = 4 [(onramp.field).type = TYPE_NUMERIC];
    uint64 checked = 5 [(onramp.field).type = TYPE_INTEGER];
    Colour colour_number = 6 [(onramp.field).type = TYPE_INTEGER];
    string json_text = 7 [(onramp.field).type = TYPE_JSON];
    Point point = 8 [(onramp.field).type = TYPE_JSON];
    repeated Point points = 9 [(onramp.field).type = TYPE_JSON];
    map<int32, Point> by_number = 10 [(onramp.field).type = TYPE_JSON];
    string date_text = 11 [(onramp.field).type = TYPE_DATE];
    int32 days = 12 [(onramp.field).type = TYPE_DATE];
    uint32 at_seconds = 13 [(onramp.field).type = TYPE_TIMESTAMP_SECONDS];
    int64 at_millis = 14 [(onramp.field).type = TYPE_TIMESTAMP_MILLIS];
    fixed64 at_micros = 15 [(onramp.field).type = TYPE_TIMESTAMP_MICROS];
    google.protobuf.Duration took = 16 [(onramp.field).type = TYPE_DURATION_SECONDS];
    google.protobuf.Int64Value maybe_at = 17 [(onramp.field).type = TYPE_TIMESTAMP_MILLIS];
    repeated google.protobuf.StringValue prices = 18 [(onramp.field).type = TYPE_NUMERIC];
    repeated int64 times = 19 [(onramp.field).type = TYPE_TIMESTAMP_MICROS];
    optional string maybe_date = 20 [(onramp.field).type = TYPE_DATE];
    int64 text_int64 = 21 [jstype = JS_STRING, (onramp.field).type = TYPE_TIMESTAMP_SECONDS];
    string unsound = 22 [(onramp.field).type = TYPE_TIMESTAMP_MILLIS];
    repeated Colour colours = 23 [(onramp.field).type = TYPE_INTEGER];
    oneof choice { google.protobuf.UInt64Value chosen = 24 [(onramp.field).type = TYPE_INTEGER]; }
    repeated string dates = 25 [(onramp.field).type = TYPE_DATE];
  }
  enum Colour { COLOUR_UNSPECIFIED = 0; COLOUR_RED = 7; }
  message Point { int32 x = 1; string note = 2 [(onramp.field).ignore = true]; }
`);

function valueOf(name: string, json: unknown): Value {
  const payload = toBinary(schema.message, fromJson(schema.message, { [name]: json } as JsonObject));
  const index = schema.columns.findIndex(column => column.name === name);
  const row = readPayload(schema, payload).row;
  // What is decoded can be written, too.
  avroEncoder(schema).encode([null, null, null, null, null, null, null, [], null, ...row]);
  return row[index] ?? null;
}

describe('a type that an option asks for', () => {
  it('is that of the column, where the field can have it', () => {
    assert.deepEqual(
      Object.fromEntries(schema.columns.map(({ name, type, mode }) => [name, mode === 'REPEATED' ? `${type}*` : type])),
      {
        int_text: 'STRING',
        uint_text: 'STRING',
        int_numeric: 'NUMERIC',
        text_numeric: 'NUMERIC',
        checked: 'INTEGER',
        colour_number: 'INTEGER',
        json_text: 'JSON',
        point: 'JSON',
        points: 'JSON*',
        by_number: 'JSON',
        date_text: 'DATE',
        days: 'DATE',
        at_seconds: 'TIMESTAMP',
        at_millis: 'TIMESTAMP',
        at_micros: 'TIMESTAMP',
        took: 'FLOAT',
        maybe_at: 'TIMESTAMP',
        prices: 'NUMERIC*',
        times: 'TIMESTAMP*',
        maybe_date: 'DATE',
        text_int64: 'TIMESTAMP',
        unsound: 'STRING',
        colours: 'INTEGER*',
        chosen: 'INTEGER',
        dates: 'DATE*',
      },
    );
    const date = avroSchema(schema).fields.find(({ name }) => name === 'days');
    assert.deepEqual(date?.type, ['null', { type: 'int', logicalType: 'date' }]);
  });

  const exact: [name: string, json: unknown, value: Value][] = [
    ['int_text', -2147483648, '-2147483648'],
    ['uint_text', '18446744073709551615', '18446744073709551615'],
    ['int_numeric', '-9223372036854775808', '-9223372036854775808'],
    ['text_numeric', '-0012.50', '-12.5'],
    ['text_numeric', '+0.0', '0'],
    ['text_numeric', '-0', '0'],
    ['text_numeric', '99999999999999999999999999999.999999999', '99999999999999999999999999999.999999999'],
    ['text_numeric', '', null],
    ['checked', '9223372036854775807', 9223372036854775807n],
    ['colour_number', 'COLOUR_RED', 7n],
    ['colour_number', -5, -5n],
    ['json_text', '{"a": [1, null]}', '{"a": [1, null]}'],
    ['json_text', '', null],
    ['point', { x: 3, note: 'kept out' }, '{"x":3}'],
    ['points', [{ x: 1 }, {}], ['{"x":1}', '{}']],
    ['by_number', { 10: { x: 1 }, 9: {} }, '{"9":{},"10":{"x":1}}'],
    ['date_text', '2024-02-29', 19_782],
    ['date_text', '0001-01-01', -719_162],
    ['date_text', '9999-12-31', 2_932_896],
    ['date_text', '', null],
    ['maybe_date', '', null],
    ['days', -1, -1],
    ['at_seconds', 4294967295, 4_294_967_295_000_000n],
    ['at_millis', '-1', -1000n],
    ['at_micros', '1', 1n],
    ['took', '1.5s', 1.5],
    ['took', '-0.000000001s', -1e-9],
    ['took', '315576000000.999999999s', 315_576_000_001],
    ['took', '0.1s', 0.1],
    ['maybe_at', '86400000', 86_400_000_000n],
    ['prices', ['1.10', '2'], ['1.1', '2']],
    ['times', ['0', '1'], [0n, 1n]],
    ['text_int64', '60', 60_000_000n],
    ['colours', ['COLOUR_RED', 'COLOUR_UNSPECIFIED'], [7n, 0n]],
    ['chosen', '12', 12n],
  ];
  for (const [name, json, value] of exact) {
    it(`makes ${JSON.stringify(json)} of ${name} what it says`, () => assert.deepEqual(valueOf(name, json), value));
  }

  it('leaves what is not set NULL where the field has presence', () => {
    const row = readPayload(schema, new Uint8Array()).row;
    const unset = schema.columns.filter((_, index) => row[index] === null).map(({ name }) => name);
    assert.deepEqual(unset, [
      ...['text_numeric', 'json_text', 'point', 'date_text', 'took', 'maybe_at', 'maybe_date', 'chosen'],
    ]);
  });

  const outOfRange: [name: string, json: unknown][] = [
    ['text_numeric', '1e3'],
    ['text_numeric', ' 1'],
    ['text_numeric', '0.0000000001'],
    ['text_numeric', '100000000000000000000000000000'],
    ['text_numeric', 'secret'],
    ['checked', '9223372036854775808'],
    ['json_text', '{a: 1}'],
    ['json_text', '['.repeat(501) + ']'.repeat(501)],
    ['json_text', '['.repeat(100_000)],
    ['date_text', '2023-02-29'],
    ['date_text', '2023-2-9'],
    ['date_text', '0000-12-31'],
    ['days', 2_932_897],
    ['days', -719_163],
    ['at_millis', '253402300800000'],
    ['at_micros', '18446744073709551615'],
    ['prices', ['1', '']],
    ['dates', ['']],
  ];
  for (const [name, json] of outOfRange) {
    it(`has no place for ${JSON.stringify(json).slice(0, 40)} of ${name}, and does not show it`, () => {
      assert.throws(
        () => valueOf(name, json),
        (error: unknown) => {
          assert.ok(error instanceof OnrampError);
          assert.equal(error.code, 'VALUE_OUT_OF_RANGE');
          assert.ok(error.detail.startsWith(`${name} holds `));
          assert.ok(!error.detail.includes('secret'));
          return true;
        },
      );
    });
  }
});
