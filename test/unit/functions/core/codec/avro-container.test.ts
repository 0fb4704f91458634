import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import avro from 'avsc';
import fc from 'fast-check';
import { containerFile, openContainer, readContainer } from '../../../../../functions/core/codec/avro-container.ts';
import { AvroReader } from '../../../../../functions/core/codec/avro-reader.ts';
import { avroRecordEncoder } from '../../../../../functions/core/codec/avro-record.ts';
import { OnrampError } from '../../../../../functions/core/errors.ts';
import { avroRecord } from '../../../../../functions/core/schema/avro-schema.ts';
import type { Column } from '../../../../../functions/core/schema/column.ts';
import { readWithAvsc } from '../../../../support/avsc-types.ts';

const columns: Column[] = [
  { name: 'id', type: 'INTEGER', mode: 'NULLABLE', conversion: 'int64' },
  { name: 'text', type: 'STRING', mode: 'NULLABLE', conversion: 'string' },
];
const schema = avroRecord('test', columns);
const encode = avroRecordEncoder(columns);
const sync = Uint8Array.from({ length: 16 }, (_, index) => index);
const codecs = ['null', 'deflate', 'snappy'] as const;

const values = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    id: BigInt(n) << 40n,
    text: n % 7 === 0 ? null : `text ${n} ${'x'.repeat(n % 500)}`,
  }));
const recordsOf = (list: ReturnType<typeof values>) => list.map(({ id, text }) => encode([id, text]));
const fileOf = (count: number, codec: (typeof codecs)[number]) =>
  containerFile({ schema, records: recordsOf(values(count)), codec, sync });

/** Collects an async generator. */
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('a container file', () => {
  for (const codec of codecs) {
    it(`compressed by ${codec} reads back, and by an Avro library too`, async () => {
      const file = await fileOf(5000, codec);
      const { records, ...container } = await readContainer(file);
      assert.deepEqual(container, { schema: JSON.parse(JSON.stringify(schema)) as unknown, codec, metadata: {} });
      assert.deepEqual(records, values(5000));
      assert.deepEqual(
        (await readWithAvsc(file)).map(record => ({ ...(record as object) })),
        values(5000),
      );
    });

    it(`compressed by ${codec} may be empty`, async () => {
      const file = await fileOf(0, codec);
      assert.deepEqual((await readContainer(file)).records, []);
      assert.deepEqual(await readWithAvsc(file), []);
    });
  }

  it('keeps what else is put into its header', async () => {
    const file = await containerFile({
      schema,
      records: [],
      codec: 'null',
      sync,
      metadata: { 'onramp.ramp': 'a/b', note: 'grüße' },
    });
    assert.deepEqual(openContainer(file).metadata, { 'onramp.ramp': 'a/b', note: 'grüße' });
  });

  it('takes its schema as text and keeps it to the letter', async () => {
    const text = JSON.stringify(schema, null, 2);
    const file = await containerFile({ schema: text, records: [], codec: 'null', sync });
    assert.ok(file.includes(text));
  });

  it('is cut into blocks of about 192 KiB, however large a record is', async () => {
    const records = [...recordsOf(values(2000)), encode([1n, 'y'.repeat(5_000_000)]), ...recordsOf(values(2))];
    const file = await containerFile({ schema, records, codec: 'null', sync });
    const reader = new AvroReader(file, file.indexOf(Buffer.from(sync)) + 16);
    const blocks: number[] = [];
    while (reader.position < file.length) {
      reader.count();
      blocks.push(reader.bytes().length);
      reader.fixed(16);
    }
    assert.deepEqual(
      blocks.map(size => size < 200 * 1024),
      [true, true, false, true],
    );
    assert.equal((await readContainer(file)).records.length, 2003);
  });

  it('is the same bytes for the same records', async () => {
    assert.deepEqual(await fileOf(1000, 'snappy'), await fileOf(1000, 'snappy'));
  });

  it('is refused a sync marker of another length', async () => {
    await assert.rejects(containerFile({ schema, records: [], codec: 'null', sync: new Uint8Array(15) }), /16 bytes/);
  });

  it('is read block by block, so that its beginning is there before its end', async () => {
    const file = await fileOf(5000, 'deflate');
    const damaged = Buffer.from(file);
    damaged.fill(0, damaged.length - 20);
    const records = openContainer(damaged).records();
    assert.deepEqual((await records.next()).value, values(1)[0]);
    await assert.rejects(all(records), { code: 'LAKE_FILE_CORRUPT' });
  });
});

describe('a container file of another writer', () => {
  it('reads with every type that Avro has', async () => {
    const foreign = {
      type: 'record',
      name: 'Foreign',
      namespace: 'a.b',
      fields: [
        { name: 'suit', type: { type: 'enum', name: 'Suit', symbols: ['HEARTS', 'SPADES'] } },
        { name: 'again', type: 'a.b.Suit' },
        { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 2 } },
        { name: 'next', type: ['null', 'Foreign'], default: null },
        { name: 'union', type: ['null', 'string', 'int'] },
        { name: 'numbers', type: { type: 'array', items: 'double' } },
        { name: 'floats', type: { type: 'map', values: 'float' } },
        { name: 'flag', type: 'boolean' },
        { name: 'nothing', type: 'null' },
      ],
    };
    const value = {
      suit: 'SPADES',
      again: 'HEARTS',
      hash: Buffer.from([1, 2]),
      union: 5,
      numbers: [1.5, -0],
      floats: { a: 0.5 },
      flag: true,
      nothing: null,
      next: null,
    };
    const encoder = new avro.streams.BlockEncoder(foreign as unknown as avro.Schema, { codec: 'deflate' });
    const chunks = all<Buffer>(encoder);
    encoder.end({ ...value, next: value });
    const file = Buffer.concat(await chunks);
    assert.deepEqual((await readContainer(file)).records, [{ ...value, next: value }]);
  });

  it('reads arrays whose blocks tell their size', () => {
    const reader = new AvroReader(Buffer.from([3, 4, 2, 4, 0]));
    const items: number[] = [];
    reader.blocks(() => items.push(reader.int()));
    assert.deepEqual(items, [1, 2]);
  });
});

describe('a file that is no container', () => {
  const refused = { code: 'LAKE_FILE_CORRUPT' };

  it('is refused when it is empty, or something else', () => {
    assert.throws(() => openContainer(new Uint8Array()), refused);
    assert.throws(() => openContainer(Buffer.from('PAR1 and so on')), refused);
  });

  it('is refused for a codec that is not known', async () => {
    const file = await fileOf(1, 'snappy');
    const changed = Buffer.from(file.toString('latin1').replace('snappy', 'snippy'), 'latin1');
    assert.throws(() => openContainer(changed), { ...refused, detail: 'the codec "snippy" is not known' });
  });

  it('is refused for a checksum that does not fit', async () => {
    const file = await fileOf(10, 'snappy');
    file[file.length - 17] = (file[file.length - 17] ?? 0) ^ 1;
    await assert.rejects(readContainer(file), { ...refused, detail: /checksum/ });
  });

  it('is refused when it is cut, wherever that is', async () => {
    const file = await fileOf(10, 'null');
    const headerLength = file.indexOf(Buffer.from(sync)) + 16;
    for (let length = 0; length < file.length; length += 1) {
      if (length !== headerLength) await assert.rejects(async () => readContainer(file.subarray(0, length)), refused);
    }
  });

  it('never fails in another way nor hangs, whatever happened to its bytes', async () => {
    for (const codec of codecs) {
      const file = await fileOf(20, codec);
      await fc.assert(
        fc.asyncProperty(fc.nat(file.length - 1), fc.nat(255), async (position, byte) => {
          const changed = Buffer.from(file);
          changed[position] = byte;
          try {
            await readContainer(changed);
          } catch (error) {
            assert.ok(error instanceof OnrampError && error.code === 'LAKE_FILE_CORRUPT', String(error));
          }
        }),
        { numRuns: 400 },
      );
    }
  });
});
