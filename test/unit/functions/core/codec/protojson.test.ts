import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DescField, fromBinary, toJson } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { elementJson } from '../../../../../functions/core/codec/protojson.ts';
import { compileSchema } from '../../../../support/compile-proto.ts';
import { everyTypeProto } from '../../../../support/every-type.ts';
import { randomMessage } from '../../../../support/random-message.ts';

const holder = compileSchema(everyTypeProto, 'test.v1.Holder').message;
const [field] = holder.fields as [DescField & { fieldKind: 'message' }];
const every = field.message;

/** What comes of a payload of `Every`. */
const jsonOf = (payload: Uint8Array) => elementJson(field, fromBinary(every, payload));

const wire = (write: (writer: BinaryWriter) => void) => {
  const writer = new BinaryWriter();
  write(writer);
  return writer.finish();
};

const submessage = (number: number, write: (writer: BinaryWriter) => void) =>
  wire(w => {
    w.tag(number, WireType.LengthDelimited).fork();
    write(w);
    w.join();
  });

describe('the JSON of a message', () => {
  it('is what protobuf’s own JSON is', () => {
    const known = compileSchema(everyTypeProto.replace(/.* an_any .*/, ''), 'test.v1.Holder').message;
    const [knownField] = known.fields as [typeof field];
    fc.assert(
      fc.property(randomMessage(knownField.message), message => {
        let expected: unknown;
        try {
          expected = toJson(knownField.message, message);
        } catch {
          // Protobuf's JSON has no form for NaN inside of a Value, nor for a Value of no kind.
          fc.pre(false);
        }
        assert.deepEqual(JSON.parse(elementJson(knownField, message)), expected);
      }),
      { numRuns: 300 },
    );
  });

  const time = (seconds: bigint, nanos: number) => (w: BinaryWriter) =>
    w.tag(1, WireType.Varint).int64(seconds).tag(2, WireType.Varint).int32(nanos);
  const odd: [what: string, payload: Uint8Array, json: string][] = [
    [
      'writes nanoseconds in three, six or nine digits',
      submessage(80, time(0n, 1)),
      '{"aTimestamp":"1970-01-01T00:00:00.000000001Z"}',
    ],
    [
      'counts a time’s nanoseconds over, should there be too many',
      submessage(80, time(0n, 1_500_000_000)),
      '{"aTimestamp":"1970-01-01T00:00:01.500Z"}',
    ],
    [
      'counts a time’s nanoseconds back, should they be below zero',
      submessage(80, time(0n, -1)),
      '{"aTimestamp":"1969-12-31T23:59:59.999999999Z"}',
    ],
    ['writes a duration below zero', submessage(81, time(-1n, -500_000_000)), '{"aDuration":"-1.500s"}'],
    ['writes a duration just below zero', submessage(81, time(0n, -1)), '{"aDuration":"-0.000000001s"}'],
    ['writes a duration below zero without fraction', submessage(81, time(-3n, 0)), '{"aDuration":"-3s"}'],
    [
      'writes a duration whose parts disagree in sign',
      submessage(81, time(1n, -250_000_000)),
      '{"aDuration":"0.750s"}',
    ],
    [
      'keeps a path that camel case would lose',
      submessage(86, w =>
        w.tag(1, WireType.LengthDelimited).string('aB').tag(1, WireType.LengthDelimited).string('user_name'),
      ),
      '{"aMask":"aB,userName"}',
    ],
    [
      'writes an Any by its bytes',
      submessage(85, w =>
        w.tag(1, WireType.LengthDelimited).string('x.y/z').tag(2, WireType.LengthDelimited).bytes(Uint8Array.of(8, 1)),
      ),
      '{"anAny":{"@type":"x.y/z","value":"CAE="}}',
    ],
    ['writes an empty Any as an empty object', submessage(85, () => undefined), '{"anAny":{}}'],
    [
      'writes NaN in a Value as text',
      submessage(83, w => w.tag(2, WireType.Bit64).double(Number.NaN)),
      '{"aValue":"NaN"}',
    ],
    ['writes -0 as it is', wire(w => w.tag(12, WireType.Bit64).double(-0)), '{"aDouble":-0}'],
    ['writes a Value of no kind as null', submessage(83, () => undefined), '{"aValue":null}'],
    [
      'orders keys as their bytes are',
      Buffer.concat(
        ['😀', '\uff5e', 'b', '10', '9'].map(key =>
          submessage(60, w => w.tag(1, WireType.LengthDelimited).string(key)),
        ),
      ),
      '{"byString":{"10":"0","9":"0","b":"0","～":"0","😀":"0"}}',
    ],
  ];
  for (const [what, payload, json] of odd) it(what, () => assert.equal(jsonOf(payload), json));
});
