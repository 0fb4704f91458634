import { crc32, inflateRawSync } from 'node:zlib';
import { uncompressSync } from 'snappy';

/** The file is no Avro container file, or is damaged. */
export class AvroError extends Error {
  override readonly name = 'AvroError';
}

/** An Avro object container file: https://avro.apache.org/docs/1.12.0/specification/#object-container-files */
export interface AvroFile {
  /** The writer's schema, parsed as JSON. */
  readonly schema: unknown;
  /** Decompressed blocks with the number of records in each. */
  blocks(): Generator<{ readonly records: number; readonly bytes: Buffer }>;
}

const magic = Buffer.from('Obj\u0001');
const syncBytes = 16;

export function readAvroFile(file: Buffer): AvroFile {
  if (!file.subarray(0, magic.length).equals(magic))
    throw new AvroError('the file does not begin with Avro’s magic bytes');
  const reader = new Reader(file, magic.length);
  const metadata = readMetadata(reader);
  const sync = reader.take(syncBytes);
  const decompress = decompressor(metadata.get('avro.codec')?.toString() ?? 'null');
  const start = reader.position;
  return {
    schema: parseSchema(metadata.get('avro.schema')),
    *blocks() {
      const blocks = new Reader(file, start);
      while (!blocks.atEnd) {
        const records = blocks.long();
        const bytes = decompress(blocks.take(blocks.long()));
        if (!blocks.take(syncBytes).equals(sync))
          throw new AvroError('a block does not end with the file’s sync marker');
        yield { records, bytes };
      }
    },
  };
}

function parseSchema(text: Buffer | undefined): unknown {
  try {
    return JSON.parse(text?.toString('utf8') ?? '');
  } catch {
    throw new AvroError('the file’s header holds no schema');
  }
}

function readMetadata(reader: Reader): Map<string, Buffer> {
  const metadata = new Map<string, Buffer>();
  for (let count = reader.long(); count !== 0; count = reader.long()) {
    // A negative count is followed by the block's size in bytes.
    if (count < 0) reader.long();
    for (let entry = 0; entry < Math.abs(count); entry += 1) {
      const key = reader.take(reader.long()).toString('utf8');
      metadata.set(key, reader.take(reader.long()));
    }
  }
  return metadata;
}

function decompressor(codec: string): (bytes: Buffer) => Buffer {
  switch (codec) {
    case 'null':
      return bytes => bytes;
    case 'deflate':
      return bytes => guarded(() => inflateRawSync(bytes));
    case 'snappy':
      return bytes => {
        const data = guarded(() => uncompressSync(bytes.subarray(0, -4), { asBuffer: true }) as Buffer);
        if (bytes.length < 4 || crc32(data) !== bytes.readUInt32BE(bytes.length - 4))
          throw new AvroError('a block’s checksum is wrong');
        return data;
      };
    default:
      throw new AvroError(`the codec ${codec} is not one of null, deflate and snappy`);
  }
}

function guarded(decompress: () => Buffer): Buffer {
  try {
    return decompress();
  } catch (cause) {
    throw new AvroError('a block cannot be decompressed', { cause });
  }
}

class Reader {
  readonly #file: Buffer;
  position: number;

  constructor(file: Buffer, position: number) {
    this.#file = file;
    this.position = position;
  }

  get atEnd(): boolean {
    return this.position >= this.#file.length;
  }

  long(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.take(1).readUInt8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n));
    }
    throw new AvroError('a number is longer than ten bytes');
  }

  take(length: number): Buffer {
    const end = this.position + length;
    if (length < 0 || end > this.#file.length) throw new AvroError('the file ends too early');
    const bytes = this.#file.subarray(this.position, end);
    this.position = end;
    return bytes;
  }
}
