import { randomUUID } from 'node:crypto';
import type { NewObjects } from '../clients/object-stream.ts';
import { columnTally } from '../core/batch/column-writer.ts';
import { exportSchema } from '../core/batch/export-column.ts';
import type { ExportRequest } from '../core/batch/export-request.ts';
import { instantOf } from '../core/batch/instant.ts';
import { type PartRecord, rowsOf } from '../core/batch/part-record.ts';
import type { SourceSnapshot } from '../sources/source.ts';
import { ExportFiles } from './export-files.ts';
import type { PartStore } from './export-part-store.ts';
import { Interrupted } from './interrupted.ts';

export interface PartsToRead {
  readonly request: ExportRequest;
  readonly bucket: NewObjects;
  readonly snapshot: SourceSnapshot;
  /** Where each part is written down; absent where the export is read in one go. */
  readonly store: PartStore | undefined;
  /** Whether the attempt has its manifest: then another execution has read all of it. */
  readonly isExported: () => Promise<boolean>;
  /** Aborted when the execution is interrupted, and by the first part that fails. */
  readonly abort: AbortController;
  /** Compressed bytes at which a file is closed. */
  readonly fileBytes: number;
  readonly now: () => Date;
  /** Whether another part should be begun, when the longest up to now took so many milliseconds. */
  readonly hasTimeFor: (millis: number) => boolean;
}

/** What an execution has come to: all parts, or an interruption after so many that it has read. */
export type PartsRead =
  | { readonly end: 'all'; readonly records: readonly PartRecord[] }
  | { readonly end: 'interrupted'; readonly by: Interrupted['by']; readonly finished: number };

/** Reads the parts of a snapshot that no execution has read yet, some of them side by side; the first that fails ends them all. */
export class PartsReading {
  readonly #asked: PartsToRead;
  readonly #execution = randomUUID();
  readonly #records: (PartRecord | undefined)[];
  readonly #open = new Set<ExportFiles>();
  #next = 0;
  #fileCount = 0;
  #here = 0;
  #elsewhere = 0;
  #finished = 0;
  #longest = 0;

  constructor(asked: PartsToRead) {
    this.#asked = asked;
    this.#records = new Array<undefined>(asked.snapshot.plan.parts.length).fill(undefined);
  }

  /** Rows that this execution has read up to now, and those of parts that others have read. */
  rows(): { readonly here: number; readonly elsewhere: number } {
    const open = [...this.#open].reduce((sum, { rows }) => sum + rows, 0);
    return { here: this.#here + open, elsewhere: this.#elsewhere };
  }

  /** Rejects with what made a part fail, other than an interruption. */
  async read(): Promise<PartsRead> {
    const { abort, snapshot } = this.#asked;
    const sideBySide = Math.min(this.#records.length, snapshot.sideBySide);
    const workers = Array.from({ length: sideBySide }, () =>
      this.#work().catch((error: unknown) => abort.abort(error)),
    );
    await Promise.all(workers);
    for (const files of this.#open) files.abort();
    const finished = this.#finished;
    if (abort.signal.aborted) {
      const reason: unknown = abort.signal.reason;
      if (!(reason instanceof Interrupted)) throw reason;
      return { end: 'interrupted', by: reason.by, finished };
    }
    const records = this.#records.filter(record => record !== undefined);
    return records.length === this.#records.length
      ? { end: 'all', records }
      : { end: 'interrupted', by: 'time', finished };
  }

  /** Reads part after part, until there is none, or no time for one. */
  async #work(): Promise<void> {
    const { abort, store, isExported, hasTimeFor } = this.#asked;
    while (this.#next < this.#records.length) {
      const part = this.#next++;
      abort.signal.throwIfAborted();
      const known = await store?.record(part);
      if (known !== undefined) {
        this.#records[part] = known;
        this.#elsewhere += rowsOf(known);
        continue;
      }
      if (store !== undefined && (await isExported())) throw new Interrupted('other');
      if (this.#finished > 0 && !hasTimeFor(this.#longest)) return;
      this.#records[part] = await this.#readPart(part);
    }
  }

  async #readPart(part: number): Promise<PartRecord> {
    const { request, snapshot, store, now, abort } = this.#asked;
    const columns = snapshot.columns.map(({ column }) => column);
    const tallies = snapshot.columns.map(({ column, policy }) => columnTally(column, policy));
    const files = new ExportFiles({
      bucket: this.#asked.bucket,
      nextName: () => `${request.prefix}${this.#execution}-${String(this.#fileCount++).padStart(5, '0')}.avro`,
      schema: exportSchema(request.export, columns),
      columns,
      tallies,
      fileBytes: this.#asked.fileBytes,
      metadata: { 'onramp.export': request.export, 'onramp.interval': request.interval.start },
    });
    this.#open.add(files);
    const started = now().getTime();
    await snapshot.read(part, files);
    abort.signal.throwIfAborted();
    const written = await files.finish();
    const ended = now().getTime();
    const record: PartRecord = {
      version: 1,
      part,
      execution: this.#execution,
      files: written,
      checksums: tallies.flatMap(({ checksum }, i) => {
        const column = columns[i];
        return column === undefined ? [] : [checksum.sums(column)];
      }),
      losses: tallies.flatMap(({ losses }) => losses.counts()),
      snapshot: snapshot.identity,
      readTime: instantOf(snapshot.readTime.getTime()),
      started: instantOf(started),
      ended: instantOf(ended),
    };
    // Of two executions at once that read it, the first one's counts; the files of the other are no one's.
    const kept = store === undefined ? record : await store.keepRecord(record);
    this.#open.delete(files);
    this.#here += files.rows;
    this.#finished += 1;
    this.#longest = Math.max(this.#longest, ended - started);
    return kept;
  }
}
