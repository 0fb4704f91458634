import { OnrampError } from '../errors.ts';
import type { AvroSchema } from '../schema/avro-schema.ts';
import { type AvroCodec, avroCodec, avroCodecs } from './avro-codecs.ts';
import { AvroReader, type AvroValue, valueReader } from './avro-reader.ts';
import { AvroWriter } from './avro-writer.ts';

const magic = Buffer.from('Obj\x01');
export const syncLength = 16;

/** Uncompressed bytes at which a block is closed; 64 to 256 KiB compress best for their cost. */
const blockBytes = 192 * 1024;

/**
 * Uncompressed bytes of a block beyond which a file is taken for corrupt rather than read. A record holds a message of
 * at most 10 MB, and its attributes.
 */
const maxBlockBytes = 256 * 1024 * 1024;

export interface ContainerContent {
  /** As JSON, parsed or as text. */
  readonly schema: AvroSchema | string;
  /** The records' bytes in the binary encoding of `schema`. */
  readonly records: readonly Buffer[];
  readonly codec: AvroCodec;
  /** 16 random bytes, which mark the end of every block. */
  readonly sync: Uint8Array;
  /** More of the header's entries; names that begin with `avro.` are taken. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes an Avro object container file. Blocks are compressed side by side in the thread pool.
 * See https://avro.apache.org/docs/1.8.2/spec.html#Object+Container+Files
 */
export async function containerFile({ schema, records, codec, sync, metadata }: ContainerContent): Promise<Buffer> {
  if (sync.length !== syncLength) throw new Error(`a sync marker has ${syncLength} bytes, not ${sync.length}`);
  const header = containerHeader({ schema, codec, sync, ...(metadata && { metadata }) });
  const blocks = await Promise.all(
    blocksOf(records).map(async block => {
      const data = await avroCodecs[codec].compress(Buffer.concat(block));
      return [blockHeader(block.length, data.length), data, sync];
    }),
  );
  return Buffer.concat([header, ...blocks.flat()]);
}

/** What comes before the first block. */
export function containerHeader({ schema, codec, sync, metadata }: Omit<ContainerContent, 'records'>): Buffer {
  const entries = headerBytes({
    ...metadata,
    'avro.schema': typeof schema === 'string' ? schema : JSON.stringify(schema),
    'avro.codec': codec,
  });
  return Buffer.concat([magic, entries, sync]);
}

export interface Container {
  /** As JSON, parsed. */
  readonly schema: AvroSchema;
  readonly codec: AvroCodec;
  /** The header's entries other than `avro.schema` and `avro.codec`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Decodes block by block. Integers of type long are bigints, decimals are texts, bytes are Buffers. */
  readonly records: () => AsyncGenerator<AvroValue, void, undefined>;
}

/** Opens an Avro object container file that any writer made. Throws, as `records` does, LAKE_FILE_CORRUPT. */
export function openContainer(bytes: Uint8Array): Container {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const reader = new AvroReader(file);
  const { schema, codec, metadata, read, sync } = corruptUnless(() => {
    if (!reader.fixed(magic.length).equals(magic)) throw new Error('it does not begin as one');
    const entries = readHeader(reader);
    const parsed = JSON.parse(entries.get('avro.schema') ?? '') as AvroSchema;
    const name = avroCodec(entries.get('avro.codec') ?? 'null');
    entries.delete('avro.schema');
    entries.delete('avro.codec');
    const others = Object.fromEntries(entries);
    return { schema: parsed, codec: name, metadata: others, read: valueReader(parsed), sync: reader.fixed(syncLength) };
  });
  const start = reader.position;
  return { schema, codec, metadata, records: () => recordsOf(file, start, { codec, sync, read }) };
}

/** Reads a whole container file; see `openContainer`. */
export async function readContainer(
  bytes: Uint8Array,
): Promise<Omit<Container, 'records'> & { readonly records: AvroValue[] }> {
  const { records, ...container } = openContainer(bytes);
  const all: AvroValue[] = [];
  for await (const record of records()) all.push(record);
  return { ...container, records: all };
}

interface BlockFormat {
  readonly codec: AvroCodec;
  readonly sync: Buffer;
  readonly read: (reader: AvroReader) => AvroValue;
}

async function* recordsOf(
  file: Buffer,
  start: number,
  { codec, sync, read }: BlockFormat,
): AsyncGenerator<AvroValue, void, undefined> {
  const reader = new AvroReader(file, start);
  while (reader.position < file.length) {
    const offset = reader.position;
    const { count, data } = corruptUnless(() => {
      const block = { count: reader.count(), data: reader.bytes() };
      if (!reader.fixed(syncLength).equals(sync)) throw new Error(`the block at byte ${offset} has no sync marker`);
      return block;
    });
    const block = new AvroReader(
      await avroCodecs[codec].decompress(data, maxBlockBytes).catch((cause: unknown) => {
        throw corrupt(cause);
      }),
    );
    // Without this, a corrupt count of records that take no bytes would keep us for ever.
    if (count > block.length) throw corrupt(new Error(`the block at byte ${offset} has more records than bytes`));
    for (let record = 0; record < count; record += 1) yield corruptUnless(() => read(block));
    if (block.position !== block.length) throw corrupt(new Error(`the block at byte ${offset} has bytes left over`));
  }
}

function corruptUnless<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof OnrampError ? error : corrupt(error);
  }
}

const corrupt = (cause: unknown) =>
  new OnrampError('LAKE_FILE_CORRUPT', cause instanceof Error ? cause.message : String(cause), { cause });

function blocksOf(records: readonly Buffer[]): Buffer[][] {
  const blocks: Buffer[][] = [];
  let size = Infinity;
  for (const record of records) {
    if (size >= blockBytes) {
      blocks.push([]);
      size = 0;
    }
    blocks.at(-1)?.push(record);
    size += record.length;
  }
  return blocks;
}

function headerBytes(entries: Readonly<Record<string, string>>): Buffer {
  const writer = new AvroWriter();
  const list = Object.entries(entries);
  writer.int(list.length);
  for (const [name, value] of list) {
    writer.string(name);
    writer.bytes(Buffer.from(value));
  }
  writer.int(0);
  return writer.take();
}

function readHeader(reader: AvroReader): Map<string, string> {
  const entries = new Map<string, string>();
  reader.blocks(() => entries.set(reader.string(), reader.bytes().toString()));
  return entries;
}

/** What comes before a block's data, as they are stored; the sync marker comes behind them. */
export function blockHeader(count: number, length: number): Buffer {
  const writer = new AvroWriter();
  writer.int(count);
  writer.int(length);
  return writer.take();
}
