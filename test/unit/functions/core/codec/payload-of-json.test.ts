import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromBinary, toJson } from '@bufbuild/protobuf';
import {
  DoubleValueSchema,
  FieldMaskSchema,
  Int32ValueSchema,
  StructSchema,
  UInt64ValueSchema,
} from '@bufbuild/protobuf/wkt';
import { JsonMismatch, payloadOfJson } from '../../../../../functions/core/codec/payload-of-json.ts';

describe('a payload from JSON', () => {
  it('keeps numbers that JSON can hold, and refuses those that it has rounded', () => {
    const read = (json: string) =>
      toJson(UInt64ValueSchema, fromBinary(UInt64ValueSchema, payloadOfJson(UInt64ValueSchema, json)));
    assert.equal(read('"18446744073709551615"'), '18446744073709551615');
    assert.equal(read('9007199254740991'), '9007199254740991');
    for (const rounded of ['9007199254740993', '18446744073709551615', '1.8446744073709552E19']) {
      assert.throws(() => read(rounded), JsonMismatch, rounded);
    }
  });

  it('keeps large floating-point numbers, also where a type is not declared', () => {
    const double = payloadOfJson(DoubleValueSchema, '1e300');
    assert.equal(fromBinary(DoubleValueSchema, double).value, 1e300);
    const struct = payloadOfJson(StructSchema, '{"a":1e300}');
    assert.deepEqual(toJson(StructSchema, fromBinary(StructSchema, struct)), { a: 1e300 });
  });

  it('says where JSON does not fit, and not what was there', () => {
    for (const [schema, json, text] of [
      [Int32ValueSchema, '"secret"', /^cannot decode field google\.protobuf\.Int32Value\.value from JSON$/],
      [Int32ValueSchema, '4294967296', /^cannot decode field google\.protobuf\.Int32Value\.value from JSON$/],
      [FieldMaskSchema, '{"secret":1}', /^cannot decode/],
    ] as const) {
      assert.throws(
        () => payloadOfJson(schema, json),
        (error: unknown) => {
          assert.ok(error instanceof JsonMismatch);
          assert.match(error.message, text);
          assert.ok(!error.message.includes('secret'));
          return true;
        },
      );
    }
  });
});
