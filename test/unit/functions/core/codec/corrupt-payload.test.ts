import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { avroEncoder } from '../../../../../functions/core/codec/avro-record.ts';
import { readPayload } from '../../../../../functions/core/codec/decode.ts';
import { rowEncoder } from '../../../../../functions/core/codec/row-proto.ts';
import { OnrampError } from '../../../../../functions/core/errors.ts';
import { metadataColumns } from '../../../../../functions/core/schema/metadata-columns.ts';
import { everyType } from '../../../../support/every-type.ts';
import { randomMessage } from '../../../../support/random-message.ts';

const avro = avroEncoder(everyType);
const proto = rowEncoder(everyType);
const metadata = metadataColumns.map(column => (column.mode === 'REPEATED' ? [] : null));

/** Either decodes and encodes the payload or throws an OnrampError, whose detail is of a field and not of the payload. */
function attempt(payload: Uint8Array): boolean {
  let row;
  try {
    row = readPayload(everyType, payload).row;
  } catch (error) {
    assert.ok(error instanceof OnrampError, String(error));
    assert.notEqual(error.cause instanceof RangeError && error.cause.message.includes('call stack'), true);
    assert.match(error.detail, /(at byte \d+|holds .*)$/);
    return false;
  }
  avro.encode([...metadata, ...row]);
  proto.encode([...metadata, ...row]);
  return true;
}

const payloads = randomMessage(everyType.message).map(message => toBinary(everyType.message, message));

describe('a payload that is not what it should be', () => {
  it('is decoded or refused with a code when it is random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), payload => void attempt(payload)),
      { numRuns: 3000 },
    );
  });

  it('is decoded or refused with a code when it is cut anywhere', () => {
    fc.assert(
      fc.property(
        payloads,
        fc.nat(),
        (payload, at) => void attempt(payload.subarray(0, payload.length === 0 ? 0 : at % payload.length)),
      ),
      { numRuns: 500 },
    );
  });

  it('is decoded or refused with a code when bytes are changed, removed or put in', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(2), fc.nat(255)), { minLength: 1, maxLength: 4 });
    let refused = 0;
    let decoded = 0;
    fc.assert(
      fc.property(payloads, edits, (payload, changes) => {
        const bytes = [...payload];
        for (const [at, kind, byte] of changes)
          bytes.splice(at % (bytes.length + 1), kind === 0 ? 0 : 1, ...(kind === 1 ? [] : [byte]));
        if (attempt(Uint8Array.from(bytes))) decoded += 1;
        else refused += 1;
      }),
      { numRuns: 1500 },
    );
    assert.ok(refused > 100 && decoded > 50, `${refused} refused, ${decoded} decoded`);
  });

  it('is refused in no time when it is 10 MB of noise, of nesting or of tiny fields', () => {
    const size = 10_000_000;
    const noise = Buffer.alloc(size, 'onramp');
    const open = Buffer.alloc(size, Buffer.from([0xc3, 0x3e]));
    assert.equal(attempt(noise), false);
    assert.equal(attempt(open), false);
    assert.equal(attempt(Buffer.alloc(size, 0xff)), false);
    assert.equal(attempt(Buffer.alloc(size, Buffer.from([8, 1]))), true);
  });
});
