import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { protos } from '@google-cloud/bigquery-storage';
import fc from 'fast-check';
import { createTable, project, rowWriter, startFixture, writerClient } from './support/bigquery-fixture.ts';

/** A value of one type: how a row has it on the wire, and how BigQuery prints it. */
interface Sample {
  readonly text: string;
  write(writer: BinaryWriter, field: number): void;
}

const string = (text: string, value = text): Sample => ({
  text,
  write: (writer, field) => void writer.tag(field, WireType.LengthDelimited).string(value),
});

const int64 = (text: string, value: bigint): Sample => ({
  text,
  write: (writer, field) => void writer.tag(field, WireType.Varint).int64(value),
});

const int32 = (text: string, value: number): Sample => ({
  text,
  write: (writer, field) => void writer.tag(field, WireType.Varint).int32(value),
});

const digits = (value: number, width: number) => String(value).padStart(width, '0');
const isoDate = (days: number) => new Date(days * 86_400_000).toISOString().slice(0, 10);
const allDays = fc.integer({ min: -719_162, max: 2_932_896 });
const clock = fc
  .record({ seconds: fc.integer({ min: 0, max: 86_399 }), micros: fc.integer({ min: 0, max: 999_999 }) })
  .map(({ seconds, micros }) => {
    const fraction = micros === 0 ? '' : `.${digits(micros, 6)}`;
    return `${digits(Math.floor(seconds / 3600), 2)}:${digits(Math.floor(seconds / 60) % 60, 2)}:${digits(seconds % 60, 2)}${fraction}`;
  });

/** Decimals with that many digits before and after the point. */
const decimal = (before: number, after: number) =>
  fc
    .record({
      negative: fc.boolean(),
      whole: fc.bigInt({ min: 0n, max: 10n ** BigInt(before) - 1n }),
      fraction: fc.bigInt({ min: 0n, max: 10n ** BigInt(after) - 1n }),
    })
    .map(({ negative, whole, fraction }) => {
      const decimals = fraction.toString().padStart(after, '0').replace(/0+$/, '');
      const sign = negative && (whole > 0n || fraction > 0n) ? '-' : '';
      return `${sign}${whole}${decimals === '' ? '' : `.${decimals}`}`;
    });

const interval = fc
  .record({
    years: fc.nat(9999),
    months: fc.nat(11),
    days: fc.integer({ min: -3_660_000, max: 3_660_000 }),
    hours: fc.nat(9999),
    minutes: fc.nat(59),
  })
  .map(({ years, months, days, hours, minutes }) => `${years}-${months} ${days} ${hours}:${minutes}:0`);

/** Every type, with its samples. */
const samples: Readonly<Record<string, fc.Arbitrary<Sample>>> = {
  STRING: fc.string({ unit: 'grapheme' }).map(value => string(value)),
  BYTES: fc.uint8Array().map(value => ({
    text: Buffer.from(value).toString('base64'),
    write: (writer, field) => void writer.tag(field, WireType.LengthDelimited).bytes(value),
  })),
  INTEGER: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(value => int64(String(value), value)),
  FLOAT: fc.double().map(value => ({
    text: String(value),
    write: (writer, field) => void writer.tag(field, WireType.Bit64).double(value),
  })),
  NUMERIC: decimal(29, 9).map(value => string(value)),
  BIGNUMERIC: decimal(38, 38).map(value => string(value)),
  BOOLEAN: fc.boolean().map(value => ({
    text: String(value),
    write: (writer, field) => void writer.tag(field, WireType.Varint).bool(value),
  })),
  TIMESTAMP: fc
    .bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n })
    .map(value => int64(String(value), value)),
  DATETIME: fc.tuple(allDays, clock).map(([days, time]) => string(`${isoDate(days)}T${time}`)),
  DATE: allDays.map(days => int32(isoDate(days), days)),
  TIME: clock.map(value => string(value)),
  INTERVAL: interval.map(value => string(value)),
  JSON: fc.jsonValue().map(value => string(JSON.stringify(value), JSON.stringify(value, null, 2))),
};

const types = Object.keys(samples);

/** For each type a NULLABLE, a REPEATED and a nested column; nested ones stand in one record. */
const fields = [
  ...types.map(type => ({ name: `one_${type}`, type, mode: 'NULLABLE' })),
  ...types.map(type => ({ name: `many_${type}`, type, mode: 'REPEATED' })),
  {
    name: 'record',
    type: 'RECORD',
    mode: 'REPEATED',
    fields: types.map(type => ({ name: type, type, mode: 'NULLABLE' })),
  },
];

const { Type, Label } = protos.google.protobuf.FieldDescriptorProto;

/** What each type is on the wire; a string unless said otherwise. */
const wireTypes: Readonly<Record<string, keyof typeof Type>> = {
  BYTES: 'TYPE_BYTES',
  INTEGER: 'TYPE_INT64',
  FLOAT: 'TYPE_DOUBLE',
  BOOLEAN: 'TYPE_BOOL',
  TIMESTAMP: 'TYPE_INT64',
  DATE: 'TYPE_INT32',
  RECORD: 'TYPE_MESSAGE',
};

const descriptor = {
  name: 'Row',
  field: fields.map(({ name, type, mode }, index) => ({
    name,
    number: index + 1,
    type: Type[wireTypes[type] ?? 'TYPE_STRING'],
    typeName: type === 'RECORD' ? 'Row.Nested' : '',
    label: mode === 'REPEATED' ? Label.LABEL_REPEATED : Label.LABEL_OPTIONAL,
  })),
  nestedType: [
    {
      name: 'Nested',
      field: types.map((type, index) => ({
        name: type,
        number: index + 1,
        type: Type[wireTypes[type] ?? 'TYPE_STRING'],
        label: Label.LABEL_OPTIONAL,
      })),
    },
  ],
};

const optional = fc.record(
  Object.fromEntries(types.map(type => [type, fc.option(samples[type]!, { nil: undefined })])),
);
const lists = fc.record(Object.fromEntries(types.map(type => [type, fc.array(samples[type]!, { maxLength: 3 })])));
const rowArbitrary = fc.record({ one: optional, many: lists, record: fc.array(optional, { maxLength: 2 }) });
type Row = typeof rowArbitrary extends fc.Arbitrary<infer T> ? T : never;

function encode(row: Row): Uint8Array {
  const writer = new BinaryWriter();
  types.forEach((type, index) => row.one[type]?.write(writer, index + 1));
  types.forEach((type, index) => row.many[type]?.forEach(sample => sample.write(writer, types.length + index + 1)));
  for (const record of row.record) {
    writer.tag(2 * types.length + 1, WireType.LengthDelimited).fork();
    types.forEach((type, index) => record[type]?.write(writer, index + 1));
    writer.join();
  }
  return writer.finish();
}

type Cell = { readonly v: string | null | { readonly f: readonly Cell[] } | readonly Cell[] };

/** Doubles are printed in another way than JavaScript's; they are compared as numbers. */
const shown = (type: string, text: string | null) => (type === 'FLOAT' && text !== null ? String(Number(text)) : text);

const expected = (row: Row) => [
  ...types.map(type => shown(type, row.one[type]?.text ?? null)),
  ...types.map(type => row.many[type]!.map(({ text }) => shown(type, text))),
  row.record.map(record => types.map(type => shown(type, record[type]?.text ?? null))),
];

const actual = (row: { readonly f: readonly Cell[] }) => [
  ...types.map((type, index) => shown(type, row.f[index]!.v as string | null)),
  ...types.map((type, index) => (row.f[types.length + index]!.v as Cell[]).map(({ v }) => shown(type, v as string))),
  (row.f[2 * types.length]!.v as { v: { f: Cell[] } }[]).map(({ v }) =>
    v.f.map((cell, i) => shown(types[i]!, cell.v as string | null)),
  ),
];

describe('values of every type', () => {
  it('come back from the REST API and from SQL as they were appended', async t => {
    const { client, restPort, storagePort } = await startFixture(t);
    await createTable(client, 'values', fields);
    const writers = writerClient(t, storagePort);
    const append = await rowWriter(writers, 'values', descriptor);
    let written = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(rowArbitrary, { minLength: 1, maxLength: 20 }), async rows => {
        const response = await append(rows.map(encode));
        assert.ok(response.appendResult, JSON.stringify(response.rowErrors ?? response.error));
        const url = `http://127.0.0.1:${restPort}/projects/${project}/datasets/events/tables/values/data`;
        const answer = await fetch(`${url}?startIndex=${written}&formatOptions.useInt64Timestamp=true`);
        const page = (await answer.json()) as { rows: { f: Cell[] }[] };
        written += rows.length;
        assert.deepEqual(page.rows.map(actual), rows.map(expected));
      }),
      { numRuns: 50 },
    );
    // SQL answers with the same: its rows have no order of their own.
    const base = `http://127.0.0.1:${restPort}/projects/${project}`;
    const listed = await fetch(`${base}/datasets/events/tables/values/data?formatOptions.useInt64Timestamp=true`);
    const queried = await fetch(`${base}/queries`, {
      method: 'POST',
      body: JSON.stringify({
        query: 'SELECT * FROM events.values',
        useLegacySql: false,
        formatOptions: { useInt64Timestamp: true },
      }),
    });
    const rowsOf = async (response: Response) =>
      ((await response.json()) as { rows: { f: Cell[] }[] }).rows.map(row => JSON.stringify(row)).sort();
    assert.deepEqual(await rowsOf(queried), await rowsOf(listed));
  });
});
