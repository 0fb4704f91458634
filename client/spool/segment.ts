import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeBody, headerLength, type SpooledBatch } from './record.ts';

/** The first bytes of every file, so that another format is never misread. */
export const segmentHead = Buffer.from('ONRAMPS1');
export const firstOffset = segmentHead.length;

/** One file of records. Bytes before `size` are on disk; what comes after them is being written. */
export interface Segment {
  readonly name: string;
  /** The place among the others; 0 for what was set aside by an earlier process, which is read first. */
  readonly sequence: number;
  size: number;
  /** Whether bytes are being appended. */
  writing: boolean;
}

export const segmentName = (sequence: number): string => `segment-${String(sequence).padStart(12, '0')}`;
export const refusedName = (sequence: number): string => `refused-${String(sequence).padStart(12, '0')}`;

/** The files of a folder that hold records, in the order in which they are to be read. */
export async function listSegments(folder: string): Promise<Segment[]> {
  const names = (await readdir(folder)).filter(name => /^(segment|refused)-\d{12}$/.test(name)).toSorted();
  return Promise.all(
    names.map(async name => ({
      name,
      sequence: name.startsWith('segment-') ? Number(name.slice(-12)) : 0,
      size: (await stat(join(folder, name))).size,
      writing: false,
    })),
  );
}

/** The largest number that a file in the folder bears. */
export const lastSequence = (segments: readonly Segment[]): number =>
  Math.max(0, ...segments.map(({ name }) => Number(name.slice(-12))));

/** Makes a file that must not exist, and its entry in the folder durable. */
export async function createSegmentFile(folder: string, name: string, fsync: boolean): Promise<FileHandle> {
  const file = await open(join(folder, name), 'wx');
  await file.write(segmentHead);
  if (fsync) {
    const directory = await open(folder, 'r');
    await directory.sync().finally(() => directory.close());
  }
  return file;
}

export type ReadRecord =
  | { readonly kind: 'record'; readonly batch: SpooledBatch; readonly end: number }
  /** Nothing more is there. */
  | { readonly kind: 'end' }
  /** A write that a crash cut short: nobody was told that it had succeeded. */
  | { readonly kind: 'torn' }
  /** Bytes that are not what was written. */
  | { readonly kind: 'corrupt' };

/** Reads the record at an offset; at 0 what comes after the head of the file. */
export async function readRecord(
  file: FileHandle,
  { size }: Pick<Segment, 'size'>,
  offset: number,
): Promise<ReadRecord> {
  if (offset === 0) {
    if (size < firstOffset) return { kind: 'torn' };
    return (await read(file, 0, firstOffset)).equals(segmentHead)
      ? readRecord(file, { size }, firstOffset)
      : { kind: 'corrupt' };
  }
  if (offset === size) return { kind: 'end' };
  if (offset + headerLength > size) return { kind: 'torn' };
  const header = await read(file, offset, headerLength);
  const start = offset + headerLength;
  const end = start + header.readUInt32LE(0);
  if (end > size) return { kind: 'torn' };
  const batch = decodeBody(header, await read(file, start, end - start));
  return batch === undefined ? { kind: 'corrupt' } : { kind: 'record', batch, end };
}

async function read(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafeSlow(length), 0, length, offset);
  return buffer.subarray(0, bytesRead);
}
