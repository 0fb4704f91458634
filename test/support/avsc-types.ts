import { crc32 } from 'node:zlib';
import avro from 'avsc';
import { uncompress } from 'snappy';

/** Avro's long as bigint, so that avsc is exact. */
export const exactLong = avro.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
});

/** avsc's type of a schema: an implementation of Avro that is none of ours. */
export const avscType = (schema: unknown): avro.Type =>
  avro.Type.forSchema(schema as avro.Schema, {
    registry: {},
    typeHook: of =>
      of === 'long' || (typeof of === 'object' && 'type' in of && of.type === 'long') ? exactLong : undefined,
  });

/** Reads a container file with avsc's own decoder. */
export async function readWithAvsc(file: Uint8Array): Promise<unknown[]> {
  const decoder = new avro.streams.BlockDecoder({
    parseHook: avscType,
    codecs: {
      ...avro.streams.BlockDecoder.defaultCodecs(),
      snappy: (data: Buffer, done: (error: Error | null, block?: Buffer) => void) => {
        uncompress(data.subarray(0, -4)).then(
          block => {
            const matches = crc32(block) === data.readUInt32BE(data.length - 4);
            if (matches) done(null, block as Buffer);
            else done(new Error('checksum'));
          },
          (error: unknown) => done(error as Error),
        );
      },
    },
  });
  const records: unknown[] = [];
  decoder.on('data', (record: unknown) => records.push(record));
  const ended = new Promise<void>((resolve, reject) => decoder.on('end', resolve).on('error', reject));
  decoder.end(file);
  await ended;
  return records;
}
