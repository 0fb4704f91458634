import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { protos } from '@google-cloud/spanner';
import fc from 'fast-check';
import type { WireValue } from '../../../../../functions/clients/spanner.ts';
import { readPartialResult } from '../../../../../functions/sources/spanner/partial-result.ts';

const { PartialResultSet } = protos.google.spanner.v1;

describe('a part of a stream', () => {
  it('has the values that Google’s own library has written', () => {
    const { value } = fc.letrec<{ value: protos.google.protobuf.IValue }>(tie => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.string({ unit: 'grapheme' }).map(stringValue => ({ stringValue })),
        fc.double().map(numberValue => ({ numberValue })),
        fc.boolean().map(boolValue => ({ boolValue })),
        fc.constant({ nullValue: 'NULL_VALUE' as const }),
        fc.array(tie('value'), { maxLength: 3 }).map(values => ({ listValue: { values } })),
      ),
    }));
    const token = fc.uint8Array({ maxLength: 3 });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 6 }), fc.boolean(), token, (values, chunkedValue, resumeToken) => {
        const metadata = { rowType: { fields: [{ name: 'a', type: { code: 'INT64' as const } }] } };
        const bytes = PartialResultSet.encode(
          PartialResultSet.fromObject({ metadata, values, chunkedValue, resumeToken, last: true }),
        ).finish();
        const result = readPartialResult(bytes);
        assert.equal(result.chunkedValue, chunkedValue);
        assert.deepEqual(Buffer.from(result.resumeToken), Buffer.from(resumeToken));
        assert.deepEqual(Array.from(result.values(), plain), values.map(plain));
      }),
    );
  });
});

/** A value by its content alone. */
function plain({ stringValue, numberValue, boolValue, listValue }: WireValue | protos.google.protobuf.IValue): unknown {
  if (listValue != null) return (listValue.values ?? []).map(value => plain(value));
  return stringValue ?? numberValue ?? boolValue ?? null;
}
