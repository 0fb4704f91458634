import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromJson, type JsonObject, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { readPayload } from '../../../../../functions/core/codec/decode.ts';
import type { Row, Value } from '../../../../../functions/core/codec/row.ts';
import type { Schema } from '../../../../../functions/core/schema/descriptor-set.ts';
import { compileSchema } from '../../../../support/compile-proto.ts';
import { everyType } from '../../../../support/every-type.ts';

const valueIn = (schema: Schema, row: Row, name: string) =>
  row[schema.columns.findIndex(column => column.name === name)];

/** The value of a field's column for a payload that is given in protobuf's JSON form. */
function decoded(json: JsonObject, name: string, schema = everyType): Value | undefined {
  return valueIn(schema, readPayload(schema, toBinary(schema.message, fromJson(schema.message, json))).row, name);
}

const wire = (write: (writer: BinaryWriter) => void) => {
  const writer = new BinaryWriter();
  write(writer);
  return writer.finish();
};

const enumWire = (number: number, value: number) => wire(w => w.tag(number, WireType.Varint).int32(value));

describe('the value of a field', () => {
  // Field, what it is set to in protobuf's JSON form, the column's value.
  const table: [name: string, json: unknown, value: Value][] = [
    ['an_int32', -2147483648, -2147483648n],
    ['a_sint32', 2147483647, 2147483647n],
    ['an_sfixed32', -1, -1n],
    ['a_uint32', 4294967295, 4294967295n],
    ['a_fixed32', 4294967295, 4294967295n],
    ['an_int64', '-9223372036854775808', -9223372036854775808n],
    ['an_int64', '9223372036854775807', 9223372036854775807n],
    ['a_sint64', '-9223372036854775808', -9223372036854775808n],
    ['an_sfixed64', '9007199254740993', 9007199254740993n],
    ['a_text_int64', '9007199254740993', 9007199254740993n],
    ['a_uint64', '18446744073709551615', '18446744073709551615'],
    ['a_fixed64', '9223372036854775808', '9223372036854775808'],
    ['a_float', 1.5, 1.5],
    ['a_float', 'NaN', Number.NaN],
    ['a_double', 'Infinity', Number.POSITIVE_INFINITY],
    ['a_double', '-Infinity', Number.NEGATIVE_INFINITY],
    ['a_double', -0, -0],
    ['a_double', 5e-324, 5e-324],
    ['a_bool', true, true],
    ['a_string', 'grüße 🎉 \u0000 \ufeff', 'grüße 🎉 \u0000 \ufeff'],
    ['a_bytes', '/wA=', Uint8Array.of(255, 0)],
    ['colour', 'RED', 'RED'],
    ['colour', 'CRIMSON', 'RED'],
    ['colour', 'MINUS', 'MINUS'],
    ['colour', 17, '17'],
    ['colour', -2147483648, '-2147483648'],
    ['maybe_int32', 0, 0n],
    ['maybe_string', '', ''],
    ['maybe_colour', 'COLOUR_UNSPECIFIED', 'COLOUR_UNSPECIFIED'],
    ['maybe_uint64', '0', '0'],
    ['chosen_string', '', ''],
    ['chosen_int64', '0', 0n],
    ['chosen_point', { x: 1 }, [1, null]],
    ['chosen_wrapper', '5', 5n],
    ['chosen_struct', { a: 1 }, '{"a":1}'],
    ['ints', [1, 0, -1], [1n, 0n, -1n]],
    ['uint64s', ['0', '18446744073709551615'], ['0', '18446744073709551615']],
    ['strings', ['', 'a'], ['', 'a']],
    ['colours', ['RED', 9], ['RED', '9']],
    [
      'points',
      [{}, { y: 0 }],
      [
        [0, null],
        [0, 0],
      ],
    ],
    ['doubles', [0, 'NaN'], [0, Number.NaN]],
    ['times', ['1970-01-01T00:00:01Z'], [1_000_000n]],
    ['wrapped_strings', ['', 'b'], ['', 'b']],
    ['structs', [{}, { a: null }], ['{}', '{"a":null}']],
    ['empties', [{}, {}], [true, true]],
    ['text_int64s', ['9007199254740993'], [9007199254740993n]],
    [
      'by_string',
      { b: '1', a: '2', '': '3', __proto__x: '4' },
      [
        ['', 3n],
        ['__proto__x', 4n],
        ['a', 2n],
        ['b', 1n],
      ],
    ],
    [
      'by_string',
      { '\uff5e': '1', '😀': '2' },
      [
        ['\uff5e', 1n],
        ['😀', 2n],
      ],
    ],
    [
      'by_int32',
      { '10': 'a', '-2': 'b', '9': 'c' },
      [
        [-2n, 'b'],
        [9n, 'c'],
        [10n, 'a'],
      ],
    ],
    [
      'by_int64',
      { '9223372036854775807': { x: 1 }, '-9223372036854775808': {} },
      [
        [-9223372036854775808n, [0, null]],
        [9223372036854775807n, [1, null]],
      ],
    ],
    [
      'by_uint64',
      { '18446744073709551615': 1, '2': 0 },
      [
        ['2', 0],
        ['18446744073709551615', 1],
      ],
    ],
    [
      'by_bool',
      { true: 'RED', false: 5 },
      [
        [false, '5'],
        [true, 'RED'],
      ],
    ],
    ['times_by_string', { a: '1970-01-01T00:00:00.000001Z' }, [['a', 1n]]],
    ['structs_by_string', { a: { b: [] } }, [['a', '{"b":[]}']]],
    ['wrapped_by_sfixed32', { '-1': '7' }, [[-1n, '7']]],
    ['empties_by_string', { a: {} }, [['a', true]]],
    ['by_fixed64', { '1': 'AQ==' }, [['1', Uint8Array.of(1)]]],
    ['a_timestamp', '1970-01-01T00:00:00Z', 0n],
    ['a_timestamp', '1969-12-31T23:59:59.999999999Z', -1n],
    ['a_timestamp', '1969-12-31T23:59:59.000000001Z', -1_000_000n],
    ['a_timestamp', '0001-01-01T00:00:00Z', -62135596800000000n],
    ['a_timestamp', '9999-12-31T23:59:59.999999999Z', 253402300799999999n],
    ['a_duration', '1.5s', 1_500_000n],
    ['a_duration', '-0.0000005s', -1n],
    ['a_duration', '315576000000s', 315576000000000000n],
    ['a_struct', { b: [1, 'x', null, true, { c: -0.5 }], a: {} }, '{"a":{},"b":[1,"x",null,true,{"c":-0.5}]}'],
    ['a_value', null, 'null'],
    ['a_value', 'text', '"text"'],
    ['a_value', { b: { z: 1, y: [] }, a: 2 }, '{"a":2,"b":{"y":[],"z":1}}'],
    ['a_list', [1, [2], {}], '[1,[2],{}]'],
    ['a_mask', 'userName,address.zipCode', 'user_name,address.zip_code'],
    ['an_empty', {}, true],
    ['nothing', {}, true],
    ['a_null', null, 'NULL_VALUE'],
    ['wrapped_double', 0, 0],
    ['wrapped_float', 0.5, 0.5],
    ['wrapped_int64', '0', 0n],
    ['wrapped_uint64', '18446744073709551615', '18446744073709551615'],
    ['wrapped_int32', 0, 0n],
    ['wrapped_uint32', 4294967295, 4294967295n],
    ['wrapped_bool', false, false],
    ['wrapped_string', '', ''],
    ['wrapped_bytes', '', new Uint8Array()],
    ['point', {}, [0, null]],
    ['point', { x: 1.5, y: 0 }, [1.5, 0]],
    [
      'itself',
      { an_int32: 0, maybe_int32: 0, a_uint64: '5', strings: ['a'] },
      '{"aUint64":"5","maybeInt32":0,"strings":["a"]}',
    ],
  ];
  for (const [name, json, value] of table) {
    it(`of ${name} for ${JSON.stringify(json)}`, () => {
      assert.deepEqual(decoded({ [name]: json } as JsonObject, name), value);
    });
  }

  it('holds a message that contains itself as JSON, in the form that protobuf gives it', () => {
    const tree = {
      name: 'a',
      left: { name: 'b', planted: '2026-01-02T03:04:05.6Z', others: [{}, { name: 'c' }] },
      named: { z: { name: 'd' } },
    };
    assert.deepEqual(decoded({ tree }, 'tree'), [
      'a',
      '{"name":"b","others":[{},{"name":"c"}],"planted":"2026-01-02T03:04:05.600Z"}',
      [],
      [['z', '{"name":"d"}']],
      null,
    ]);
  });

  it('of an Any is its type and its bytes', () => {
    const payload = wire(w =>
      w
        .tag(85, WireType.LengthDelimited)
        .fork()
        .tag(1, WireType.LengthDelimited)
        .string('x.y/z')
        .tag(2, WireType.LengthDelimited)
        .bytes(Uint8Array.of(8, 1))
        .join(),
    );
    assert.deepEqual(valueIn(everyType, readPayload(everyType, payload).row, 'an_any'), ['x.y/z', Uint8Array.of(8, 1)]);
  });
});

describe('a field that is not set', () => {
  const row = readPayload(everyType, new Uint8Array()).row;
  const of = (name: string) => valueIn(everyType, row, name);

  it('has its zero value where its presence is implicit', () => {
    const zeros: Record<string, Value> = {
      an_int32: 0n,
      an_int64: 0n,
      a_text_int64: 0n,
      a_uint64: '0',
      a_float: 0,
      a_bool: false,
      a_string: '',
      a_bytes: new Uint8Array(),
      colour: 'COLOUR_UNSPECIFIED',
      a_null: 'NULL_VALUE',
    };
    for (const [name, zero] of Object.entries(zeros)) assert.deepEqual(of(name), zero, name);
  });

  it('is NULL where its presence is explicit', () => {
    const names = everyType.columns
      .filter(
        ({ name, mode }) =>
          mode === 'NULLABLE' &&
          /^(maybe|chosen|wrapped|point|tree|itself|nothing|a_(timestamp|duration|struct|value|list|mask)|an_(any|empty))/.test(
            name,
          ),
      )
      .map(column => column.name);
    assert.equal(names.length, 30);
    for (const name of names) assert.equal(of(name), null, name);
  });

  it('is an empty list where it is repeated or a map', () => {
    for (const { name, mode } of everyType.columns) if (mode === 'REPEATED') assert.deepEqual(of(name), [], name);
  });

  it('of a oneof is NULL while another one is', () => {
    const both = wire(w => w.tag(30, WireType.LengthDelimited).string('a').tag(31, WireType.Varint).int64(5));
    const last = readPayload(everyType, both).row;
    assert.equal(valueIn(everyType, last, 'chosen_string'), null);
    assert.equal(valueIn(everyType, last, 'chosen_int64'), 5n);
  });
});

describe('a payload', () => {
  it('may hold a field more than once: the last scalar wins, messages are merged', () => {
    const payload = wire(w => {
      w.tag(1, WireType.Varint).int32(1).tag(1, WireType.Varint).int32(2);
      w.tag(100, WireType.LengthDelimited).fork().tag(1, WireType.Bit64).double(1).join();
      w.tag(100, WireType.LengthDelimited).fork().tag(2, WireType.Bit64).double(2).join();
    });
    const row = readPayload(everyType, payload).row;
    assert.equal(valueIn(everyType, row, 'an_int32'), 2n);
    assert.deepEqual(valueIn(everyType, row, 'point'), [1, 2]);
  });

  it('may hold repeated numbers packed, one by one, or both', () => {
    const payload = wire(w => {
      w.tag(40, WireType.Varint).int32(1);
      w.tag(40, WireType.LengthDelimited).fork().int32(2).int32(3).join();
      w.tag(41, WireType.LengthDelimited).fork().uint64(4).join();
    });
    const row = readPayload(everyType, payload).row;
    assert.deepEqual(valueIn(everyType, row, 'ints'), [1n, 2n, 3n]);
    assert.deepEqual(valueIn(everyType, row, 'uint64s'), ['4']);
  });

  it('may hold a map’s key twice, the last one wins, and entries without key or value', () => {
    const entry = (w: BinaryWriter, write: (w: BinaryWriter) => void) => {
      w.tag(60, WireType.LengthDelimited).fork();
      write(w);
      w.join();
    };
    const payload = wire(w => {
      entry(w, e => e.tag(1, WireType.LengthDelimited).string('__proto__').tag(2, WireType.Varint).int64(1));
      entry(w, e => e.tag(2, WireType.Varint).int64(2).tag(1, WireType.LengthDelimited).string('__proto__'));
      entry(w, e => e.tag(1, WireType.LengthDelimited).string('a'));
      entry(w, () => undefined);
    });
    assert.deepEqual(valueIn(everyType, readPayload(everyType, payload).row, 'by_string'), [
      ['', 0n],
      ['__proto__', 2n],
      ['a', 0n],
    ]);
  });

  it('may hold fields that the schema does not know', () => {
    const payload = wire(w =>
      w
        .tag(999, WireType.StartGroup)
        .tag(1, WireType.Varint)
        .int32(1)
        .tag(999, WireType.EndGroup)
        .tag(1, WireType.Varint)
        .int32(7),
    );
    assert.equal(valueIn(everyType, readPayload(everyType, payload).row, 'an_int32'), 7n);
  });

  it('may hold NaN in a Struct and in a Value, and a Value of no kind', () => {
    const nan = (w: BinaryWriter) => w.tag(2, WireType.Bit64).double(Number.NaN);
    const payload = wire(w => {
      w.tag(83, WireType.LengthDelimited).fork();
      nan(w);
      w.join();
      w.tag(82, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).fork();
      w.tag(1, WireType.LengthDelimited).string('a').tag(2, WireType.LengthDelimited).fork();
      nan(w);
      w.join().join().join();
      w.tag(84, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).bytes(new Uint8Array()).join();
    });
    const row = readPayload(everyType, payload).row;
    assert.equal(valueIn(everyType, row, 'a_value'), '"NaN"');
    assert.equal(valueIn(everyType, row, 'a_struct'), '{"a":"NaN"}');
    assert.equal(valueIn(everyType, row, 'a_list'), '[null]');
  });

  it('is refused, with the field’s path, for a time that BigQuery cannot hold', () => {
    const time = (seconds: bigint) => (w: BinaryWriter) => w.fork().tag(1, WireType.Varint).int64(seconds).join();
    const at = (number: number, seconds: bigint) => wire(w => time(seconds)(w.tag(number, WireType.LengthDelimited)));
    const refused = { code: 'VALUE_OUT_OF_RANGE' };
    assert.throws(() => readPayload(everyType, at(80, 253402300800n)), {
      ...refused,
      detail: /^a_timestamp holds a timestamp outside/,
    });
    assert.throws(() => readPayload(everyType, at(80, -62135596801n)), refused);
    assert.throws(() => readPayload(everyType, at(46, 9223372036854775807n)), { ...refused, detail: /^times holds/ });
    assert.throws(() => readPayload(everyType, at(81, 9223372036855n)), {
      ...refused,
      detail: /^a_duration holds a duration/,
    });
    const nested = wire(w => {
      w.tag(101, WireType.LengthDelimited)
        .fork()
        .tag(2, WireType.LengthDelimited)
        .fork()
        .tag(5, WireType.LengthDelimited);
      time(1n << 60n)(w)
        .join()
        .join();
    });
    assert.throws(() => readPayload(everyType, nested), { ...refused, detail: /^tree\.left\.planted holds/ });
  });
});

describe('a payload of a proto2 message', () => {
  const schema = compileSchema(
    `syntax = "proto2"; package t;
    message M {
      required int32 a = 1;
      optional string b = 2 [default = "x"];
      repeated group Item = 3 { optional int64 c = 1; }
      optional E e = 4 [default = TWO];
      repeated E es = 5;
      map<string, E> by = 6;
      optional group Single = 7 { optional bool d = 1; }
      extensions 100 to 200;
    }
    extend M { optional string f = 100; }
    enum E { ONE = 1; TWO = 2; }`,
    't.M',
  );

  it('leaves unset fields NULL, whatever their default, and required ones too', () => {
    assert.deepEqual(readPayload(schema, new Uint8Array()).row, [null, null, [], null, [], [], null]);
  });

  it('decodes groups, and leaves extensions out', () => {
    const payload = wire(w => {
      w.tag(3, WireType.StartGroup).tag(1, WireType.Varint).int64(5).tag(3, WireType.EndGroup);
      w.tag(7, WireType.StartGroup).tag(7, WireType.EndGroup);
      w.tag(100, WireType.LengthDelimited).string('ext');
    });
    assert.deepEqual(readPayload(schema, payload).row, [null, null, [[5n]], null, [], [], [null]]);
  });

  it('keeps a closed enum’s unknown number as text', () => {
    const payload = Buffer.concat([
      enumWire(4, 9),
      enumWire(5, 2),
      enumWire(5, -7),
      wire(w => w.tag(6, WireType.LengthDelimited).fork().tag(2, WireType.Varint).int32(8).join()),
    ]);
    assert.deepEqual(readPayload(schema, payload).row, [null, null, [], '9', ['TWO', '-7'], [['', '8']], null]);
  });
});

describe('a payload of an editions message', () => {
  it('has presence and encoding as its features say', () => {
    const schema = compileSchema(
      `edition = "2023"; package t;
      message M { int32 a = 1 [features.field_presence = IMPLICIT]; int32 b = 2; N n = 3 [features.message_encoding = DELIMITED]; }
      message N { bool c = 1; }`,
      't.M',
    );
    assert.deepEqual(readPayload(schema, new Uint8Array()).row, [0n, null, null]);
    const group = wire(w => w.tag(3, WireType.StartGroup).tag(1, WireType.Varint).bool(true).tag(3, WireType.EndGroup));
    assert.deepEqual(readPayload(schema, group).row, [0n, null, [true]]);
  });
});

describe('a payload too deep for columns', () => {
  it('has its lowest levels as JSON, a map too', () => {
    const levels = Array.from({ length: 14 }, (_, n) => `message L${n + 1} { L${n + 2} next = 1; }`);
    const schema = compileSchema(
      `syntax = "proto3"; package t; ${levels.join(' ')} message L15 { map<int32, string> m = 1; repeated N ns = 2; } message N { int32 a = 1; }`,
      't.L1',
    );
    let json: JsonObject = { m: { '10': 'a', '9': 'b' }, ns: [{ a: 1 }, {}] };
    for (let n = 0; n < 14; n += 1) json = { next: json };
    let row: Row = readPayload(schema, toBinary(schema.message, fromJson(schema.message, json))).row;
    while (row.length === 1) row = row[0] as Row;
    assert.deepEqual(row, ['{"9":"b","10":"a"}', ['{"a":1}', '{}']]);
  });
});
