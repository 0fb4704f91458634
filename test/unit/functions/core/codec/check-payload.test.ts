import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { checkPayload } from '../../../../../functions/core/codec/check-payload.ts';
import { OnrampError } from '../../../../../functions/core/errors.ts';
import { compileSchema } from '../../../../support/compile-proto.ts';

const { message } = compileSchema(
  `syntax = "proto2"; package t;
  message M {
    optional int32 number = 1;
    optional string text = 2;
    repeated fixed64 longs = 3 [packed = true];
    repeated int32 ints = 4;
    optional M child = 5;
    map<string, int32> named = 6;
    optional group Item = 7 { optional string text = 1; }
    optional bytes raw = 8;
    optional float ratio = 9;
    repeated M children = 10;
    map<int32, M> byNumber = 11;
  }`,
  't.M',
);

const check = (...bytes: number[]) => checkPayload(message, Uint8Array.from(bytes));

/** Messages inside of each other, the outermost counted. */
function nested(levels: number, number = 5): Uint8Array {
  let bytes = new Uint8Array();
  for (let level = 1; level < levels; level += 1) {
    bytes = new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(bytes).finish();
  }
  return bytes;
}

const groups = (levels: number, number: number) =>
  Uint8Array.from(
    Buffer.concat([
      ...Array<Buffer>(levels).fill(tagBytes(number, WireType.StartGroup)),
      ...Array<Buffer>(levels).fill(tagBytes(number, WireType.EndGroup)),
    ]),
  );

const tagBytes = (number: number, type: WireType) => Buffer.from(new BinaryWriter().tag(number, type).finish());

describe('a payload that is well-formed', () => {
  const fine: Record<string, number[]> = {
    'is empty': [],
    'has a number': [8, 1],
    'has a negative number of ten bytes': [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
    'has a text': [18, 2, 0xc3, 0xa9],
    'has packed numbers where single ones are declared': [34, 2, 1, 2],
    'has single numbers where packed ones are declared': [25, 1, 2, 3, 4, 5, 6, 7, 8],
    'has an empty packed field': [26, 0],
    'has a map’s entry without key and value': [50, 0],
    'has a group': [59, 10, 1, 97, 60],
    'has bytes that are no text': [66, 1, 255],
    'has an unknown field of every wire type': [
      0x98, 1, 1, 0x99, 1, 1, 2, 3, 4, 5, 6, 7, 8, 0x9a, 1, 1, 255, 0x9b, 1, 8, 1, 0x9c, 1, 0x9d, 1, 1, 2, 3, 4,
    ],
    'has an unknown field in a map’s entry': [50, 2, 24, 1],
    'has a tag and a length longer than they need be': [0x92, 0x00, 0x81, 0x00, 97],
  };
  for (const [what, bytes] of Object.entries(fine)) it(what, () => void check(...bytes));

  it('tells whether there are fields that the schema does not know, at any depth', () => {
    assert.equal(checkPayload(message, Buffer.alloc(0)), false);
    assert.equal(check(...(fine['has an unknown field in a map’s entry'] ?? [])), true);
  });

  it('nests 100 levels', () => {
    checkPayload(message, nested(100));
    checkPayload(message, nested(100, 10));
    checkPayload(message, groups(99, 500));
  });
});

describe('a payload that is not', () => {
  const bad: [what: string, code: string, field: string, bytes: number[]][] = [
    ['ends in a tag', 'PAYLOAD_UNDECODABLE', 't.M', [0x92]],
    ['ends after a tag', 'PAYLOAD_UNDECODABLE', 't.M.number', [8]],
    ['ends in a number', 'PAYLOAD_UNDECODABLE', 't.M.number', [8, 255]],
    [
      'has a number of eleven bytes',
      'PAYLOAD_UNDECODABLE',
      't.M.number',
      [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
    ],
    ['ends in a 32-bit value', 'PAYLOAD_UNDECODABLE', 't.M.ratio', [77, 1, 2, 3]],
    ['ends in a 64-bit value', 'PAYLOAD_UNDECODABLE', 't.M.longs', [25, 1, 2, 3, 4, 5, 6, 7]],
    ['ends in a text', 'PAYLOAD_UNDECODABLE', 't.M.text', [18, 3, 97, 98]],
    ['has a length beyond 2^32', 'PAYLOAD_UNDECODABLE', 't.M.text', [18, 0x80, 0x80, 0x80, 0x80, 0x10]],
    [
      'has a message that is longer than the one around it',
      'PAYLOAD_UNDECODABLE',
      't.M.child',
      [42, 4, 42, 3, 8, 1, 8, 1],
    ],
    ['has a text that is longer than the message around it', 'PAYLOAD_UNDECODABLE', 't.M.text', [42, 3, 18, 2, 97, 98]],
    ['has a packed field that ends in a value', 'PAYLOAD_UNDECODABLE', 't.M.longs', [26, 7, 1, 2, 3, 4, 5, 6, 7]],
    ['has a packed field that ends in a number', 'PAYLOAD_UNDECODABLE', 't.M.ints', [34, 2, 1, 255, 1]],
    ['has field number 0', 'PAYLOAD_UNDECODABLE', 't.M', [0, 1]],
    ['has a field number beyond 2^29', 'PAYLOAD_UNDECODABLE', 't.M', [0xf8, 0xff, 0xff, 0xff, 0x1f, 1]],
    ['has wire type 6', 'PAYLOAD_UNDECODABLE', 't.M.number', [14, 1]],
    ['has wire type 7 in an unknown field', 'PAYLOAD_UNDECODABLE', 'unknown field 19', [0x9f, 1]],
    ['has the end of a group that did not begin', 'PAYLOAD_UNDECODABLE', 't.M', [60]],
    ['has a group that another one’s end closes', 'PAYLOAD_UNDECODABLE', 't.M.Item', [59, 68]],
    ['has a group without end', 'PAYLOAD_UNDECODABLE', 't.M.Item', [59, 10, 1, 97]],
    ['has an unknown group without end', 'PAYLOAD_UNDECODABLE', 'unknown field 19', [0x9b, 1, 8, 1]],
    ['has a number as a text', 'PAYLOAD_WRONG_TYPE', 't.M.text', [16, 1]],
    ['has a text as a number', 'PAYLOAD_WRONG_TYPE', 't.M.number', [10, 1, 97]],
    ['has a 64-bit value as a 32-bit one', 'PAYLOAD_WRONG_TYPE', 't.M.ratio', [73, 1, 2, 3, 4, 5, 6, 7, 8]],
    ['has a message as a group', 'PAYLOAD_WRONG_TYPE', 't.M.child', [43, 44]],
    ['has a group as a message', 'PAYLOAD_WRONG_TYPE', 't.M.item', [58, 0]],
    ['has a map’s value of another type', 'PAYLOAD_WRONG_TYPE', 't.M.named.value', [50, 3, 18, 1, 97]],
    ['has repeated numbers of another type', 'PAYLOAD_WRONG_TYPE', 't.M.ints', [33, 1, 2, 3, 4, 5, 6, 7, 8]],
    ['has a text that is not UTF-8', 'PAYLOAD_INVALID_UTF8', 't.M.text', [18, 1, 255]],
    ['has a text of a lone surrogate', 'PAYLOAD_INVALID_UTF8', 't.M.text', [18, 3, 0xed, 0xa0, 0x80]],
    [
      'has a long text whose last byte is not UTF-8',
      'PAYLOAD_INVALID_UTF8',
      't.M.text',
      [18, 40, ...Array<number>(39).fill(97), 0xc3],
    ],
    ['has a map’s key that is not UTF-8', 'PAYLOAD_INVALID_UTF8', 't.M.named.key', [50, 3, 10, 1, 0x80]],
  ];
  for (const [what, code, field, bytes] of bad) {
    it(`${what} is ${code} in ${field}`, () => {
      assert.throws(
        () => check(...bytes),
        error =>
          error instanceof OnrampError &&
          error.code === code &&
          error.detail.includes(field) &&
          /at byte \d+$/.test(error.detail),
      );
    });
  }

  it('is too deep beyond 100 levels, whichever way it nests', () => {
    for (const deep of [nested(101), nested(101, 10), groups(100, 500), nested(2000)]) {
      assert.throws(() => checkPayload(message, deep), { code: 'PAYLOAD_TOO_DEEP' });
    }
    const entry = (value: Uint8Array) =>
      new BinaryWriter()
        .tag(11, WireType.LengthDelimited)
        .fork()
        .tag(2, WireType.LengthDelimited)
        .bytes(value)
        .join()
        .finish();
    let maps = new Uint8Array();
    for (let level = 1; level < 100; level += 1) maps = entry(maps);
    checkPayload(message, maps);
    assert.throws(() => checkPayload(message, entry(maps)), { code: 'PAYLOAD_TOO_DEEP' });
  });

  it('names the offset, and nothing of the payload', () => {
    assert.throws(() => check(8, 1, 18, 3, 115, 255, 116), {
      detail: 't.M.text is not UTF-8, at byte 3',
    });
  });
});
