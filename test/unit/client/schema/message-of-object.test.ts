import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toJson } from '@bufbuild/protobuf';
import { messageOfObject } from '../../../../client/schema/message-of-object.ts';
import { compileSchema } from '../../../support/compile-proto.ts';

const { message: schema } = compileSchema(
  `syntax = "proto3";
  package test;
  import "google/protobuf/timestamp.proto";
  import "google/protobuf/duration.proto";
  import "google/protobuf/struct.proto";
  import "google/protobuf/wrappers.proto";
  message All {
    string text = 1;
    int32 whole = 2;
    uint64 large = 3;
    float small = 4;
    double wide = 5;
    bool yes = 6;
    bytes raw = 7;
    Kind kind = 8;
    Inner inner = 9;
    repeated int32 list = 10;
    map<int64, Inner> map = 11;
    map<bool, string> flags = 12;
    oneof choice { string left = 13; string right_side = 14; }
    google.protobuf.Timestamp at = 15;
    google.protobuf.Duration lasted = 16;
    google.protobuf.Struct extra = 17;
    google.protobuf.Value any_json = 18;
    google.protobuf.StringValue maybe = 19;
  }
  message Inner { string name = 1; repeated Inner inners = 2; }
  enum Kind { KIND_UNSPECIFIED = 0; KIND_GOOD = 1; }`,
  'test.All',
);

const jsonOf = (object: unknown) => toJson(schema, messageOfObject(schema, object));

describe('messageOfObject', () => {
  const taken: [string, Record<string, unknown>, unknown][] = [
    ['names of the proto file', { right_side: 'r' }, { rightSide: 'r' }],
    ['names of JSON', { rightSide: 'r' }, { rightSide: 'r' }],
    ['64-bit integers as bigint', { large: 2n ** 64n - 1n }, { large: '18446744073709551615' }],
    ['64-bit integers as text', { large: '18446744073709551615' }, { large: '18446744073709551615' }],
    ['64-bit integers as numbers that are exact', { large: 5 }, { large: '5' }],
    ['enums by name', { kind: 'KIND_GOOD' }, { kind: 'KIND_GOOD' }],
    ['enums by number, unknown ones too', { kind: 7 }, { kind: 7 }],
    ['nested objects', { inner: { inners: [{ name: 'n' }] } }, { inner: { inners: [{ name: 'n' }] } }],
    ['objects as maps', { map: { '-3': { name: 'n' } } }, { map: { '-3': { name: 'n' } } }],
    ['Maps as maps', { map: new Map([[3n, { name: 'n' }]]) }, { map: { '3': { name: 'n' } } }],
    ['maps by true and false', { flags: { true: 'y' } }, { flags: { true: 'y' } }],
    ['dates', { at: new Date(1500) }, { at: '1970-01-01T00:00:01.500Z' }],
    ['timestamps as text', { at: '2026-01-01T00:00:00.000000001Z' }, { at: '2026-01-01T00:00:00.000000001Z' }],
    ['timestamps by their fields', { at: { seconds: 1, nanos: 5000 } }, { at: '1970-01-01T00:00:01.000005Z' }],
    ['durations as text', { lasted: '1.5s' }, { lasted: '1.500s' }],
    ['any JSON for a Struct', { extra: { a: [1, null] } }, { extra: { a: [1, null] } }],
    ['any JSON for a Value', { any_json: { fields: 1 } }, { anyJson: { fields: 1 } }],
    ['wrapped values as they are', { maybe: '' }, { maybe: '' }],
    ['fields that are undefined or null as not set', { text: undefined, inner: null }, {}],
  ];
  for (const [what, object, json] of taken) {
    it(`takes ${what}`, () => assert.deepEqual(jsonOf(object), json));
  }

  const refused: [string, Record<string, unknown>, RegExp][] = [
    ['a name that the type does not have', { txet: 'x' }, /txet: test\.All has no such field; it has text, whole/],
    [
      'a nested name',
      { inner: { inners: [{ nmae: 'x' }] } },
      /inner\.inners\[0\]\.nmae: test\.Inner has no such field/,
    ],
    ['a number for a string', { text: 5 }, /text: expected a string/],
    ['half of a character', { text: '\ud800' }, /text: expected a string/],
    [
      'text for an int32',
      { whole: '5' },
      /whole: expected a whole number from -2147483648 to 2147483647, got a string/,
    ],
    ['a fraction for an int32', { whole: 1.5 }, /whole: expected a whole number/],
    ['an int32 that is too large', { whole: 2 ** 31 }, /whole: expected a whole number/],
    ['a negative uint64', { large: -1n }, /large: expected a whole number from 0 to 18446744073709551615/],
    ['a 64-bit number that is not exact', { large: 2 ** 60 }, /large: expected a whole number/],
    ['a float that is too large', { small: 1e300 }, /small: expected a number that a float can hold/],
    ['a number for a bool', { yes: 1 }, /yes: expected true or false/],
    ['text for bytes', { raw: 'AAAA' }, /raw: expected a Uint8Array/],
    ['an unknown name for an enum', { kind: 'KIND_BAD' }, /kind: expected a value of test\.Kind/],
    ['an array for a message', { inner: [] }, /inner: expected an object with the fields of test\.Inner, got an array/],
    ['one value for a list', { list: 1 }, /list: expected an array/],
    ['null within a list', { list: [null] }, /list\[0\]: expected a whole number/],
    ['a wrong key of a map', { map: { x: {} } }, /map\["x"\], key: expected a whole number/],
    ['a wrong value of a map', { map: { 1: { name: 1 } } }, /map\["1"\]\.name: expected a string/],
    ['two of a oneof', { left: 'l', right_side: 'r' }, /left is set already, and of the oneof "choice"/],
    ['an invalid date', { at: new Date(Number.NaN) }, /at: expected a valid Date/],
    ['text that is no time', { at: 'yesterday' }, /at: expected the JSON form of google\.protobuf\.Timestamp/],
  ];
  for (const [what, object, message] of refused) {
    it(`refuses ${what}, and says where and what was expected`, () => {
      assert.throws(() => messageOfObject(schema, object), { code: 'PUBLISH_MESSAGE_INVALID', message });
    });
  }
});
