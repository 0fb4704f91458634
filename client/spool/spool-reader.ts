import { type FileHandle, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OnrampError } from '../../functions/core/errors.ts';
import { Cursor, type Place } from './cursor.ts';
import { encodeRecord, type SpooledBatch } from './record.ts';
import { createSegmentFile, firstOffset, readRecord, refusedName, type Segment } from './segment.ts';

/** A batch on its way from the spool to Pub/Sub. */
export interface SpooledRecord {
  readonly batch: SpooledBatch;
  /** To be called once it needs not be kept any more, in any order among records. */
  readonly done: () => void;
}

interface Read {
  readonly segment: Segment;
  readonly end: number;
  done: boolean;
}

/** The reading end of the spool: knows the files, what has been read, and what has been sent. */
export class SpoolReader {
  /** Called when files were deleted. */
  onFreed: () => void = () => undefined;
  readonly #folder: string;
  readonly #onWarning: (warning: OnrampError) => void;
  readonly #cursor: Cursor;
  /** From the first that is not wholly sent to the one that is written. */
  readonly #segments: Segment[];
  /** What has been read and not been sent yet, in order; a later one may be done before an earlier one. */
  readonly #underway: Read[] = [];
  #asideBytes = 0;
  #file: { readonly segment: Segment; readonly handle: FileHandle } | undefined;
  #segment: Segment | undefined;
  #offset = 0;
  #wake: (() => void) | undefined;
  #stopped = false;
  /** The read that is under way, if any is. */
  #reading: Promise<unknown> | undefined;

  constructor(folder: string, segments: readonly Segment[], onWarning: (warning: OnrampError) => void) {
    this.#folder = folder;
    this.#onWarning = onWarning;
    this.#segments = [...segments];
    this.#cursor = new Cursor(folder);
    this.#segment = this.#segments[0];
  }

  /** Where an earlier process stopped. */
  get start(): Place {
    return this.#cursor.start;
  }

  get active(): boolean {
    return this.#underway.length > 0 || !this.#atEnd;
  }

  get bytes(): number {
    return this.#asideBytes + this.#segments.reduce((sum, { size }) => sum + size, 0);
  }

  /** Whether the segment has been sent and deleted. */
  isDone(segment: Segment): boolean {
    return !this.#segments.includes(segment);
  }

  add(segment: Segment): void {
    this.#segments.push(segment);
    this.#segment ??= segment;
  }

  /** Makes bytes known that have been appended. */
  grow(segment: Segment, bytes: number): void {
    segment.size += bytes;
    this.#wake?.();
  }

  /** The next batch to be sent; waits for one, and answers with undefined once it is stopped. For one caller at a time. */
  async next(): Promise<SpooledRecord | undefined> {
    while (!this.#stopped) {
      if (!this.#atEnd) {
        const reading = this.#read();
        this.#reading = reading;
        const found = await reading;
        if (found !== undefined) return found;
        continue;
      }
      this.#forget();
      await new Promise<void>(resolve => {
        this.#wake = resolve;
      });
    }
    return undefined;
  }

  /** Reads no more, and forgets what becomes of records that are on their way: they are read again another time. */
  stop(): void {
    this.#stopped = true;
    this.#wake?.();
  }

  async setAside(batch: SpooledBatch, sequence: number, fsync: boolean): Promise<void> {
    const file = await createSegmentFile(this.#folder, refusedName(sequence), fsync);
    const parts = encodeRecord(batch);
    await file.writev(parts);
    if (fsync) await file.datasync();
    await file.close();
    this.#asideBytes += parts.reduce((sum, part) => sum + part.length, firstOffset);
  }

  async close(): Promise<void> {
    this.stop();
    await this.#reading?.catch(() => undefined);
    await this.#file?.handle.close();
    this.#cursor.close();
  }

  get #atEnd(): boolean {
    const segment = this.#segment;
    return (
      segment === undefined ||
      (segment === this.#segments.at(-1) && Math.max(this.#offset, firstOffset) >= segment.size)
    );
  }

  /** The next record of the present file; undefined at its end, from which it goes on to the next file. */
  async #read(): Promise<SpooledRecord | undefined> {
    const segment = this.#segment;
    if (segment === undefined) return undefined;
    if (this.#offset === 0 && segment.sequence !== 0) {
      if (segment.sequence < this.start.sequence) this.#offset = segment.size;
      if (segment.sequence === this.start.sequence) this.#offset = Math.min(this.start.offset, segment.size);
    }
    const found = await readRecord(await this.#handleOf(segment), segment, this.#offset);
    if (found.kind === 'record') {
      this.#offset = found.end;
      const read: Read = { segment, end: found.end, done: false };
      this.#underway.push(read);
      return {
        batch: found.batch,
        done: () => {
          read.done = true;
          if (!this.#stopped) this.#settle();
        },
      };
    }
    if (found.kind === 'corrupt') await this.#keepUnreadable(segment);
    if (found.kind !== 'end') segment.size = Math.max(this.#offset, Math.min(segment.size, firstOffset));
    const following = this.#segments[this.#segments.indexOf(segment) + 1];
    if (following !== undefined) {
      this.#segment = following;
      this.#offset = 0;
    } else this.#offset = Math.max(this.#offset, segment.size);
    return undefined;
  }

  async #handleOf(segment: Segment): Promise<FileHandle> {
    if (this.#file?.segment !== segment) {
      await this.#file?.handle.close();
      this.#file = undefined;
      this.#file = { segment, handle: await open(join(this.#folder, segment.name), 'r') };
    }
    return this.#file.handle;
  }

  /** What cannot be read is neither sent nor thrown away. */
  async #keepUnreadable(segment: Segment): Promise<void> {
    const { buffer } = await (await this.#handleOf(segment)).read({
      buffer: Buffer.alloc(segment.size - this.#offset),
      position: this.#offset,
    });
    const name = `unreadable-${segment.name}-${this.#offset}`;
    await writeFile(join(this.#folder, name), buffer);
    this.#onWarning(new OnrampError('SPOOL_UNREADABLE', `${buffer.length} bytes of ${segment.name}, kept in ${name}`));
  }

  /** Moves the cursor over what has been sent without a gap. */
  #settle(): void {
    let last: Read | undefined;
    while (this.#underway[0]?.done === true) last = this.#underway.shift();
    if (last === undefined) return;
    if (last.segment.sequence !== 0) this.#cursor.write({ sequence: last.segment.sequence, offset: last.end });
    this.#forget();
  }

  /** Deletes the files of which everything has been sent. */
  #forget(): void {
    const inUse = this.#underway[0]?.segment;
    let freed = false;
    for (let first = this.#segments[0]; first !== undefined; first = this.#segments[0]) {
      if (first === inUse || first.writing || (first === this.#segment && !this.#atEnd)) break;
      this.#segments.shift();
      if (first === this.#segment) this.#segment = this.#segments[0];
      if (this.#segment === undefined) this.#offset = 0;
      if (this.#file?.segment === first) {
        void this.#file.handle.close();
        this.#file = undefined;
      }
      void rm(join(this.#folder, first.name), { force: true });
      freed = true;
    }
    if (freed) this.onFreed();
  }
}
