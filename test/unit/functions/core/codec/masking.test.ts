import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { fromBinary, fromJson, type JsonObject, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { containerFile, readContainer } from '../../../../../functions/core/codec/avro-container.ts';
import { avroEncoder } from '../../../../../functions/core/codec/avro-record.ts';
import { readPayload } from '../../../../../functions/core/codec/decode.ts';
import { createMasker } from '../../../../../functions/core/codec/masker.ts';
import type { Row, Value } from '../../../../../functions/core/codec/row.ts';
import { rowEncoder } from '../../../../../functions/core/codec/row-proto.ts';
import { OnrampError } from '../../../../../functions/core/errors.ts';
import { loadSchema, type Schema, selfContained } from '../../../../../functions/core/schema/descriptor-set.ts';
import { recordColumns } from '../../../../../functions/core/schema/metadata-columns.ts';
import { optionsFile } from '../../../../../functions/core/schema/options.ts';
import { rowDescriptor } from '../../../../../functions/core/schema/row-descriptor.ts';
import { compileProto } from '../../../../support/compile-proto.ts';
import { everyTypeProto } from '../../../../support/every-type.ts';
import { plainValues } from '../../../../support/plain-values.ts';
import { randomMessage } from '../../../../support/random-message.ts';
import { rowMessage } from '../../../../support/row-message.ts';
import { rowOfAvro, rowOfMessage, withSortedMaps } from '../../../../support/row-views.ts';
import { optionsProto, schemaWithOptions } from '../../../../support/with-options.ts';

const key = Buffer.from('a key of at least thirty-two bytes');
const masker = createMasker(3, key);
const token = (text: string | Uint8Array) => `v3:${createHmac('sha256', key).update(text).digest('base64url')}`;

const metadata: Row = [null, null, null, null, null, null, null, [], null];

describe('a masked value', () => {
  const fields = `
    string text = 1 OPTIONS;
    bytes raw = 2 OPTIONS;
    int64 big = 3 OPTIONS;
    uint64 bigger = 4 OPTIONS;
    int32 small = 5 OPTIONS;
    double number = 6 OPTIONS;
    bool yes = 7 OPTIONS;
    Colour colour = 8 OPTIONS;
    google.protobuf.Timestamp at = 9 OPTIONS;
    google.protobuf.Duration took = 10 OPTIONS;
    google.protobuf.StringValue wrapped = 11 OPTIONS;
    repeated string texts = 12 OPTIONS;
    repeated google.protobuf.BytesValue wrapped_raws = 13 OPTIONS;
    map<string, int32> by_text = 14 OPTIONS;
    map<int32, string> by_number = 15 OPTIONS;
    Point point = 16 OPTIONS;
    repeated Point points = 17 OPTIONS;
    google.protobuf.Struct free = 18 OPTIONS;
    google.protobuf.Value any_value = 19 OPTIONS;
    google.protobuf.Empty nothing = 20 OPTIONS;
    google.protobuf.FieldMask paths = 21 OPTIONS;
    optional string unset = 22 OPTIONS;
    M itself = 23 OPTIONS;
    map<string, Point> points_by_text = 24 OPTIONS;
    oneof choice { google.protobuf.Int64Value chosen = 25 OPTIONS; }
    repeated google.protobuf.Timestamp times = 26 OPTIONS;
    int64 millis = 27 [(onramp.field) = { pii: "p" type: TYPE_TIMESTAMP_MILLIS }];
  `;
  const set = `message M { ${fields.replaceAll('OPTIONS', '[(onramp.field).pii = "p"]')} }
    message Point { int32 x = 1; string name = 2; } enum Colour { COLOUR_UNSPECIFIED = 0; COLOUR_RED = 1; }`;

  const message = {
    text: 'jürgen@example.com',
    raw: Buffer.from([0, 255, 1]).toString('base64'),
    big: '-9007199254740993',
    bigger: '18446744073709551615',
    small: -12,
    number: 1.5,
    yes: true,
    colour: 'COLOUR_RED',
    at: '2026-01-31T09:15:02.123456789Z',
    took: '-1.5s',
    wrapped: 'inner',
    texts: ['a', '', 'a'],
    wrappedRaws: [Buffer.from('xyz').toString('base64')],
    byText: { zoe: 1, adam: 2 },
    byNumber: { 10: 'ten', 9: 'nine' },
    point: { x: 3, name: 'here' },
    points: [{ x: 1 }],
    free: { b: 1, a: [null, 'x'] },
    anyValue: 'text',
    nothing: {},
    paths: 'userName,a',
    itself: { text: 'nested' },
    pointsByText: { k: { x: 5 } },
    chosen: '7',
    times: ['1969-12-31T23:59:59.999Z'],
    millis: '1767323045678',
  };

  function valuesOf(schema: Schema, json: object): Record<string, Value> {
    const payload = toBinary(schema.message, fromJson(schema.message, json as JsonObject));
    const row = readPayload(schema, payload, masker).row;
    return Object.fromEntries(schema.columns.map(({ name }, index) => [name, row[index] ?? null]));
  }

  const sortedEntries = (entries: readonly (readonly [string, Value])[]) =>
    [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(entry => [...entry]);

  it('by HMAC is the token of its text, whatever its type', () => {
    const schema = schemaWithOptions(set, { pii: { p: { mask: 'hmac' } } });
    assert.deepEqual(valuesOf(schema, message), {
      text: token('jürgen@example.com'),
      raw: token(Uint8Array.from([0, 255, 1])),
      big: token('-9007199254740993'),
      bigger: token('18446744073709551615'),
      small: token('-12'),
      number: token('1.5'),
      yes: token('true'),
      colour: token('COLOUR_RED'),
      at: token('2026-01-31T09:15:02.123456789Z'),
      took: token('-1.500s'),
      wrapped: token('inner'),
      texts: [token('a'), token(''), token('a')],
      wrapped_raws: [token('xyz')],
      by_text: sortedEntries([
        [token('adam'), token('2')],
        [token('zoe'), token('1')],
      ]),
      by_number: sortedEntries([
        [token('9'), token('nine')],
        [token('10'), token('ten')],
      ]),
      point: [token('3'), token('here')],
      points: [[token('1'), token('')]],
      free: token('{"a":[null,"x"],"b":1}'),
      any_value: token('"text"'),
      nothing: token('{}'),
      paths: token('userName,a'),
      unset: null,
      itself: token('{"text":"nested"}'),
      points_by_text: [[token('k'), [token('5'), token('')]]],
      chosen: token('7'),
      times: [token('1969-12-31T23:59:59.999Z')],
      millis: token('1767323045678'),
    });
  });

  it('by truncation is its beginning or its day; what cannot be cut is a token', () => {
    const schema = schemaWithOptions(set, { pii: { p: { mask: 'truncate', truncate: 2 } } });
    const day = 20_484n * 86_400_000_000n;
    assert.deepEqual(valuesOf(schema, { ...message, text: '😀ür' }), {
      text: '😀ü',
      raw: Uint8Array.from([0, 255]),
      big: token('-9007199254740993'),
      bigger: token('18446744073709551615'),
      small: token('-12'),
      number: token('1.5'),
      yes: token('true'),
      colour: token('COLOUR_RED'),
      at: day,
      took: token('-1.500s'),
      wrapped: 'in',
      texts: ['a', '', 'a'],
      wrapped_raws: [Uint8Array.from(Buffer.from('xy'))],
      by_text: [
        ['ad', token('2')],
        ['zo', token('1')],
      ],
      by_number: sortedEntries([
        [token('9'), 'ni'],
        [token('10'), 'te'],
      ]),
      point: [token('3'), 'he'],
      points: [[token('1'), '']],
      free: token('{"a":[null,"x"],"b":1}'),
      any_value: token('"text"'),
      nothing: token('{}'),
      paths: token('userName,a'),
      unset: null,
      itself: token('{"text":"nested"}'),
      points_by_text: [['k', [token('5'), '']]],
      chosen: token('7'),
      times: [-86_400_000_000n],
      millis: 20_455n * 86_400_000_000n,
    });
  });

  it('that is dropped has no column', () => {
    assert.deepEqual(schemaWithOptions(set, { pii: { p: { mask: 'drop' } } }).columns, []);
  });

  it('that need not be masked is as it is', () => {
    const plain = schemaWithOptions(set.replaceAll(/pii: "p"/g, '').replaceAll('[(onramp.field).pii = "p"]', ''));
    const none = schemaWithOptions(set, { pii: { p: { mask: 'none' } } });
    assert.deepEqual(valuesOf(none, message), valuesOf(plain, message));
  });

  it('of keys that are truncated to the same stays two entries, in the lake as in the warehouse', async () => {
    const schema = schemaWithOptions('message M { map<string, int32> m = 1 [(onramp.field).pii = "p"]; }', {
      pii: { p: { mask: 'truncate', truncate: 1 } },
    });
    const payload = toBinary(schema.message, fromJson(schema.message, { m: { aa: 1, ab: 1 } }));
    const row = [...metadata, ...readPayload(schema, payload, masker).row];
    assert.deepEqual(row.at(-1), [
      ['a', token('1')],
      ['a', token('1')],
    ]);
    await assertReadsBack(schema, [row]);
  });

  it('needs a key: without one it fails, and tells nothing of the value', () => {
    const schema = schemaWithOptions(set);
    const payload = toBinary(schema.message, fromJson(schema.message, { text: 'secret' }));
    assert.throws(
      () => readPayload(schema, payload),
      (error: unknown) => {
        assert.ok(error instanceof OnrampError);
        assert.equal(error.code, 'MASKING_KEY_MISSING');
        assert.ok(!error.message.includes('secret'));
        return true;
      },
    );
  });

  it('has another token under another key, and says which', () => {
    const other = createMasker(4, Buffer.alloc(32, 1));
    assert.match(other.hmac(Buffer.from('x')), /^v4:[\w-]{43}$/);
    assert.notEqual(other.hmac(Buffer.from('x')).slice(3), masker.hmac(Buffer.from('x')).slice(3));
  });
});

/** Every field of these messages of every-type.ts gets the class `p`. */
function classified(pii: Parameters<typeof loadSchema>[2], messages: readonly string[]): Schema {
  const text = everyTypeProto.replaceAll(/^message (\w+) \{$[^]*?^\}$/gm, (body, name: string) =>
    messages.includes(name)
      ? body.replaceAll(
          /^(\s+(?:optional |repeated )?(?:map<[^>]+>|[\w.]+) \w+ = \d+)(?: \[(.*)\])?;/gm,
          (_, field: string, options?: string) =>
            `${field} [${options === undefined ? '' : `${options}, `}(onramp.field).pii = "p"];`,
        )
      : body,
  );
  const files = {
    't.proto': text.replace('import', 'import "onramp/options.proto";\nimport'),
    [optionsFile]: optionsProto,
  };
  return loadSchema(selfContained(compileProto(files), 'test.v1.Every'), 'test.v1.Every', pii);
}

/** What both encoders wrote, read back, is the row. */
async function assertReadsBack(schema: Schema, rows: readonly Row[]): Promise<void> {
  const columns = recordColumns(schema);
  const avro = avroEncoder(schema);
  const sync = new Uint8Array(16);
  const records = rows.map(row => avro.encode(row));
  const file = await containerFile({ schema: avro.schema, records, codec: 'snappy', sync });
  const read = (await readContainer(file)).records;
  assert.deepEqual(
    read.map(record => withSortedMaps(columns, rowOfAvro(columns, record))),
    rows.map(row => withSortedMaps(columns, row)),
  );
  const message = rowMessage(rowDescriptor(columns));
  for (const row of rows) {
    assert.deepEqual(rowOfMessage(columns, message, fromBinary(message, rowEncoder(schema).encode(row))), row);
  }
}

describe('a random message whose fields are all personal', () => {
  const everywhere = ['Every', 'Point', 'Tree'];
  const cases: [what: string, mask: 'hmac' | 'truncate', messages: readonly string[], counted: RegExp][] = [
    ['masked by HMAC', 'hmac', ['Every'], /./],
    ['truncated', 'truncate', everywhere, /./],
    ['within others masked by HMAC, also where those are JSON', 'hmac', ['Point', 'Tree'], /\.(Point|Tree)$/],
  ];
  for (const [what, mask, messages, counted] of cases) {
    // Two characters, which truncation keeps, have up to eight bytes.
    const minLength = mask === 'truncate' ? 9 : 6;
    const schema = classified({ pii: { p: { mask, truncate: 2 } } }, messages);
    const avro = avroEncoder(schema);
    const rows = rowEncoder(schema);

    it(`holds none of the plain values when it is ${what}, and reads back the same from lake and warehouse`, async () => {
      let searched = 0;
      await fc.assert(
        fc.asyncProperty(randomMessage(schema.message), async random => {
          const row = [...metadata, ...readPayload(schema, toBinary(schema.message, random), masker).row];
          const written = [avro.encode(row), Buffer.from(rows.encode(row))];
          for (const plain of plainValues(schema.message, random, { counts: name => counted.test(name), minLength })) {
            searched += 1;
            for (const bytes of written) assert.ok(!bytes.includes(plain), `holds ${plain.toString('latin1')}`);
          }
          await assertReadsBack(schema, [row]);
        }),
        { numRuns: 100 },
      );
      assert.ok(searched > 100, `only ${searched} values were searched for`);
    });
  }
});
