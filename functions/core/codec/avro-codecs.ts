import { promisify } from 'node:util';
import { crc32, deflateRaw, inflateRaw } from 'node:zlib';
import { compress, uncompress } from 'snappy';
import { OnrampError } from '../errors.ts';

/** How the blocks of a container file are compressed. */
export type AvroCodec = 'null' | 'deflate' | 'snappy';

interface BlockCodec {
  /** Both run in the thread pool. */
  readonly compress: (block: Buffer) => Promise<Buffer>;
  /** `limit` is the greatest size that a block may have; a larger one rejects. */
  readonly decompress: (data: Buffer, limit: number) => Promise<Buffer>;
}

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** https://avro.apache.org/docs/1.8.2/spec.html#Required+Codecs */
export const avroCodecs: Readonly<Record<AvroCodec, BlockCodec>> = {
  null: {
    compress: block => Promise.resolve(block),
    decompress: data => Promise.resolve(data),
  },
  deflate: {
    // Level 1 costs a third of the default's time for a few per cent in size, and more memory makes it faster still.
    compress: block => deflate(block, { level: 1, memLevel: 9, chunkSize: Math.max(1024, block.length) }),
    decompress: (data, limit) => inflate(data, { maxOutputLength: limit }),
  },
  snappy: {
    compress: async block => Buffer.concat([await compress(block), checksum(block)]),
    decompress: async (data, limit) => {
      const compressed = data.subarray(0, Math.max(0, data.length - 4));
      if (snappyLength(compressed) > limit) throw new Error(`a block is larger than ${limit} bytes`);
      const block = (await uncompress(compressed, { asBuffer: true })) as Buffer;
      if (!checksum(block).equals(data.subarray(compressed.length))) throw new Error('a block’s checksum is wrong');
      return block;
    },
  },
};

/** The codec of that name; throws LAKE_FILE_CORRUPT when there is none. */
export function avroCodec(name: string): AvroCodec {
  if (Object.hasOwn(avroCodecs, name)) return name as AvroCodec;
  throw new OnrampError('LAKE_FILE_CORRUPT', `the codec ${JSON.stringify(name)} is not known`);
}

/** Avro's snappy blocks end with the CRC-32 of what was compressed, big-endian. */
function checksum(block: Buffer): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(block));
  return bytes;
}

/** The size that the compressed data claim to have uncompressed: a varint at their beginning. */
function snappyLength(compressed: Buffer): number {
  let length = 0;
  for (let i = 0; i < 5; i += 1) {
    const byte = compressed[i] ?? 0;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return length;
  }
  return Infinity;
}
