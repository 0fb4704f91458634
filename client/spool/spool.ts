import { closeSync, fsyncSync, openSync, writevSync } from 'node:fs';
import { type FileHandle, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OnrampError } from '../../functions/core/errors.ts';
import type { Batch } from '../batch.ts';
import type { SpoolOptions } from '../options.ts';
import { lockFolder } from './folder-lock.ts';
import { encodeRecord, recordLength, type SpooledBatch } from './record.ts';
import {
  createSegmentFile,
  firstOffset,
  lastSequence,
  listSegments,
  type Segment,
  segmentHead,
  segmentName,
} from './segment.ts';
import { type SpooledRecord, SpoolReader } from './spool-reader.ts';

interface Append {
  readonly batch: SpooledBatch;
  readonly length: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Buffers that one system call may take (IOV_MAX), two to a record. */
const recordsPerWrite = 512;

/**
 * Batches on disk: appended to segment files, read in the same order, and deleted file by file once they have been sent.
 * Appends that arrive while one is being written go together in the next write, with one `fdatasync`.
 */
export class Spool {
  readonly #folder: string;
  readonly #options: Required<SpoolOptions>;
  readonly #release: () => Promise<void>;
  readonly #reader: SpoolReader;
  readonly #segmentBytes: number;
  readonly #queue: Append[] = [];
  /** Appends for which there is no room. */
  readonly #waiting: Append[] = [];
  #queuedBytes = 0;
  #unbounded = false;
  #sequence: number;
  #open: { readonly segment: Segment; readonly file: FileHandle } | undefined;
  #writing: Promise<void> | undefined;

  private constructor(
    options: Required<SpoolOptions>,
    release: () => Promise<void>,
    reader: SpoolReader,
    sequence: number,
  ) {
    this.#folder = options.folder;
    this.#options = options;
    this.#release = release;
    this.#reader = reader;
    this.#sequence = sequence;
    this.#segmentBytes = Math.min(16 * 1024 * 1024, options.maxBytes / 16);
    reader.onFreed = () => this.#admit();
  }

  /**
   * Opens the spool of a folder with what an earlier process left in it.
   * @throws OnrampError SPOOL_IN_USE
   */
  static async open(options: Required<SpoolOptions>, onWarning: (warning: OnrampError) => void): Promise<Spool> {
    const { folder } = options;
    await mkdir(folder, { recursive: true });
    const release = await lockFolder(folder);
    const segments = await listSegments(folder);
    const reader = new SpoolReader(folder, segments, onWarning);
    // A number is not used again, for the cursor may name it.
    return new Spool(options, release, reader, Math.max(lastSequence(segments), reader.start.sequence));
  }

  /** Whether anything is in it that Pub/Sub does not have yet. */
  get active(): boolean {
    return this.#queue.length > 0 || this.#waiting.length > 0 || this.#writing !== undefined || this.#reader.active;
  }

  /** What its files take. */
  get bytes(): number {
    return this.#reader.bytes;
  }

  /**
   * Resolves once the batch is on disk.
   * @throws OnrampError SPOOL_FULL, SPOOL_UNWRITABLE
   */
  append({ topic, orderingKey, count, request }: Batch): Promise<void> {
    const batch = { topic: topic.name, orderingKey, count, request };
    const length = recordLength(batch);
    return new Promise((resolve, reject) => {
      if (this.#options.whenFull === 'fail' && !this.#hasRoom(length)) {
        const detail = `${this.bytes} of ${this.#options.maxBytes} bytes are taken`;
        reject(new OnrampError('SPOOL_FULL', detail));
        return;
      }
      this.#waiting.push({ batch, length, resolve, reject });
      this.#admit();
    });
  }

  /** Takes from now on what is appended whatever its bound: the process is about to end, and its memory with it. */
  liftBound(): void {
    this.#unbounded = true;
    this.#admit();
  }

  /** Writes batches at once, for a process that is about to end; they are read by the next one. */
  appendNow(batches: readonly Batch[]): void {
    const file = openSync(join(this.#folder, segmentName((this.#sequence += 1))), 'wx');
    writevSync(file, [segmentHead]);
    for (const { topic, orderingKey, count, request } of batches) {
      const parts = encodeRecord({ topic: topic.name, orderingKey, count, request });
      const bytes = Buffer.concat(parts);
      for (let at = 0; at < bytes.length; ) at += writevSync(file, [bytes.subarray(at)]);
    }
    if (this.#options.fsync) fsyncSync(file);
    closeSync(file);
  }

  /** The next batch to be sent; waits for one, and answers with undefined once the spool is closed. */
  next(): Promise<SpooledRecord | undefined> {
    return this.#reader.next();
  }

  /** Keeps a batch that Pub/Sub refused out of the way of others; the next process tries it again. */
  async setAside(batch: SpooledBatch): Promise<void> {
    await this.#reader.setAside(batch, (this.#sequence += 1), this.#options.fsync);
  }

  /** Stops; what has not been sent stays on disk. */
  async close(): Promise<void> {
    this.#reader.stop();
    while (this.#writing !== undefined) await this.#writing;
    for (const { reject } of this.#waiting.splice(0)) {
      reject(new OnrampError('SPOOL_FULL', 'the publisher was closed before there was room'));
    }
    await this.#reader.close();
    await this.#open?.file.close();
    await this.#release();
  }

  #hasRoom(length: number): boolean {
    return this.#unbounded || this.bytes + this.#queuedBytes + length + firstOffset <= this.#options.maxBytes;
  }

  /** Moves on what there is room for, in order. */
  #admit(): void {
    for (let first = this.#waiting[0]; first !== undefined && this.#hasRoom(first.length); first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#queuedBytes += first.length;
      this.#queue.push(first);
    }
    if (this.#queue.length > 0) this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  async #write(): Promise<void> {
    while (this.#queue.length > 0) {
      const appends = this.#queue.splice(0, recordsPerWrite);
      let failure: unknown;
      try {
        await this.#writeGroup(appends);
      } catch (error) {
        failure = new OnrampError('SPOOL_UNWRITABLE', error instanceof Error ? error.message : String(error), {
          cause: error,
        });
        await this.#abandonSegment();
      }
      for (const { length, resolve, reject } of appends) {
        this.#queuedBytes -= length;
        if (failure === undefined) resolve();
        else reject(failure);
      }
    }
  }

  async #writeGroup(appends: readonly Append[]): Promise<void> {
    if (
      this.#open !== undefined &&
      (this.#open.segment.size >= this.#segmentBytes || this.#reader.isDone(this.#open.segment))
    ) {
      const { file } = this.#open;
      this.#open = undefined;
      await file.close();
    }
    this.#open ??= await this.#newSegment();
    const { segment, file } = this.#open;
    segment.writing = true;
    const parts = appends.flatMap(({ batch }) => encodeRecord(batch));
    const length = appends.reduce((sum, append) => sum + append.length, 0);
    const { bytesWritten } = await file.writev(parts, segment.size);
    // A short write is rare; what is missing is written in one piece.
    if (bytesWritten < length) {
      const rest = Buffer.concat(parts).subarray(bytesWritten);
      const written = await file.write(rest, 0, rest.length, segment.size + bytesWritten);
      if (written.bytesWritten < rest.length) throw new Error('the disk took only a part of what was written');
    }
    if (this.#options.fsync) await file.datasync();
    segment.writing = false;
    this.#reader.grow(segment, length);
  }

  async #newSegment(): Promise<{ segment: Segment; file: FileHandle }> {
    const sequence = (this.#sequence += 1);
    const file = await createSegmentFile(this.#folder, segmentName(sequence), this.#options.fsync);
    const segment: Segment = { name: segmentName(sequence), sequence, size: firstOffset, writing: true };
    this.#reader.add(segment);
    return { segment, file };
  }

  /** Cuts off what a failed write may have left, and goes on in another file, whatever the state of this one. */
  async #abandonSegment(): Promise<void> {
    if (this.#open === undefined) return;
    const { segment, file } = this.#open;
    this.#open = undefined;
    await file.truncate(segment.size).catch(() => undefined);
    await file.close().catch(() => undefined);
    segment.writing = false;
  }
}
