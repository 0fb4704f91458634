import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { byteLength, decodeEntry, type Entry, encodeEntry, headerLength, isIntact } from './record.ts';

/** A journal smaller than this is not worth rewriting. */
const compactionBytes = 64 * 1024 * 1024;

const fileName = 'journal';

interface Append {
  readonly parts: Uint8Array[];
  readonly onWritten: ((error: unknown) => void) | undefined;
}

/**
 * An append-only file of entries. What has been written survives a kill of the process (not of the machine: nothing is
 * synchronised to the disk, as nothing here needs it). Writes that arrive while one is under way go together in the next.
 */
export class Journal {
  readonly #folder: string;
  readonly #snapshot: () => Iterable<Entry>;
  readonly #liveBytes: () => number;
  #file: FileHandle;
  #size: number;
  #queue: Append[] = [];
  #draining: Promise<void> | undefined;

  private constructor(
    folder: string,
    file: FileHandle,
    size: number,
    snapshot: () => Iterable<Entry>,
    liveBytes: () => number,
  ) {
    this.#folder = folder;
    this.#file = file;
    this.#size = size;
    this.#snapshot = snapshot;
    this.#liveBytes = liveBytes;
  }

  /**
   * Starts a journal that holds the snapshot and nothing else, in place of the one in the folder. `snapshot` gives the
   * state again whenever more than three quarters of the file is dead; `liveBytes` tells how much is not.
   */
  static async start(folder: string, snapshot: () => Iterable<Entry>, liveBytes: () => number): Promise<Journal> {
    const { file, size } = await writeAfresh(folder, snapshot());
    return new Journal(folder, file, size, snapshot, liveBytes);
  }

  /** Appends an entry. `onWritten` is called, in the order of the appends, once it is in the file or has failed. */
  append(entry: Entry, onWritten?: (error: unknown) => void): void {
    this.#queue.push({ parts: encodeEntry(entry), onWritten });
    this.#draining ??= this.#drain();
  }

  /** Resolves once everything appended so far is in the file; then closes it. */
  async close(): Promise<void> {
    while (this.#draining) await this.#draining;
    await this.#file.close();
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0) {
      const appends = this.#queue;
      this.#queue = [];
      let failure: unknown;
      try {
        this.#size += await write(
          this.#file,
          appends.flatMap(({ parts }) => parts),
        );
      } catch (error) {
        failure = error;
        // Half a record would hide all that comes after it. When this fails too, so will the next write.
        await this.#file.truncate(this.#size).catch(() => undefined);
      }
      for (const { onWritten } of appends) onWritten?.(failure);
      if (this.#size > compactionBytes && this.#liveBytes() < this.#size / 4) await this.#compact();
    }
    this.#draining = undefined;
  }

  /** Entries that are still in the queue are also in the snapshot, in part: replaying them again changes nothing. */
  async #compact(): Promise<void> {
    const old = this.#file;
    ({ file: this.#file, size: this.#size } = await writeAfresh(this.#folder, this.#snapshot()));
    await old.close();
  }
}

/** Reads the journal of a folder; nothing when there is none. Stops at a record that a crash cut short. */
export async function* readJournal(folder: string): AsyncGenerator<Entry> {
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(join(folder, fileName), { highWaterMark: 4 * 1024 * 1024 })) {
      rest = Buffer.concat([rest, chunk as Buffer]);
      let at = 0;
      while (rest.length - at >= headerLength) {
        const header = rest.subarray(at, at + headerLength);
        const end = at + headerLength + header.readUInt32LE(0);
        if (end > rest.length) break;
        const body = rest.subarray(at + headerLength, end);
        if (!isIntact(header, body)) return;
        yield decodeEntry(body);
        at = end;
      }
      rest = rest.subarray(at);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

async function writeAfresh(folder: string, entries: Iterable<Entry>): Promise<{ file: FileHandle; size: number }> {
  // The state must be read in one go: it may change while it is being written.
  const parts = [...entries].flatMap(encodeEntry);
  await mkdir(folder, { recursive: true });
  const temporary = join(folder, `${fileName}.new`);
  await rm(temporary, { force: true });
  const file = await open(temporary, 'a');
  const size = await write(file, parts);
  await rename(temporary, join(folder, fileName));
  return { file, size };
}

/** Buffers that one system call may take (IOV_MAX). */
const vectorLength = 1024;

async function write(file: FileHandle, parts: readonly Uint8Array[]): Promise<number> {
  for (let at = 0; at < parts.length; at += vectorLength) {
    const vector = parts.slice(at, at + vectorLength);
    const { bytesWritten } = await file.writev(vector);
    // A short write is rare; what is missing is written in one piece.
    if (bytesWritten < byteLength(vector)) await file.writeFile(Buffer.concat(vector).subarray(bytesWritten));
  }
  return byteLength(parts);
}
