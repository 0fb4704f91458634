import { randomBytes } from 'node:crypto';
import type { NewObjects, ObjectUpload } from '../clients/object-stream.ts';
import { AvroBlock } from '../core/batch/avro-block.ts';
import { type ColumnTally, ColumnWriter } from '../core/batch/column-writer.ts';
import type { ExportColumn } from '../core/batch/export-column.ts';
import type { ManifestFile } from '../core/batch/manifest.ts';
import { avroCodecs } from '../core/codec/avro-codecs.ts';
import { blockHeader, containerHeader, syncLength } from '../core/codec/avro-container.ts';
import type { AvroRecordSchema } from '../core/schema/avro-schema.ts';
import type { RowSink } from '../sources/source.ts';

/** Uncompressed bytes at which a block is closed; 64 to 256 KiB compress best for their cost. */
const blockBytes = 192 * 1024;
const bufferBytes = 256 * 1024;
/** Blocks that are being compressed or wait to be sent: what keeps the thread pool busy, and no more. */
const maxBlocks = 6;

export interface FilesSettings {
  readonly bucket: NewObjects;
  /** The next file's name; every one is asked for once. */
  readonly nextName: () => string;
  readonly schema: AvroRecordSchema;
  readonly columns: readonly ExportColumn[];
  readonly tallies: readonly ColumnTally[];
  /** Compressed bytes at which a file is closed and the next one begun. */
  readonly fileBytes: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The Avro container files of one part, sent while they are written. Memory is bounded by a few blocks, whatever the
 * number of rows; a row is never cut, so that a block may be as large as one row.
 */
export class ExportFiles implements RowSink {
  readonly writers: readonly ColumnWriter[];
  readonly #settings: FilesSettings;
  readonly #block: AvroBlock;
  readonly #spare: Buffer[] = [];
  readonly #files: ManifestFile[] = [];
  #file:
    | { readonly name: string; readonly upload: ObjectUpload; readonly sync: Buffer; rows: number; bytes: number }
    | undefined;
  #rowsInBlock = 0;
  #rows = 0;
  #blocks = 0;
  #sent: Promise<void> = Promise.resolve();
  #failed: Error | undefined;
  #waiting: PromiseWithResolvers<void> | undefined;

  constructor(settings: FilesSettings) {
    this.#settings = settings;
    this.#block = new AvroBlock(Buffer.allocUnsafeSlow(bufferBytes));
    const { columns, tallies } = settings;
    this.writers = columns.map((column, i) => {
      const tally = tallies[i];
      if (tally === undefined) throw new Error(`column ${column.name} has no tally`);
      return new ColumnWriter(column, this.#block, tally);
    });
  }

  get rows(): number {
    return this.#rows;
  }

  endRow(): void {
    this.#rowsInBlock += 1;
    this.#rows += 1;
    if (this.#block.position >= blockBytes) this.#endBlock();
  }

  more(): boolean {
    return this.#blocks < maxBlocks && this.#failed === undefined;
  }

  async ready(): Promise<void> {
    if (this.#failed === undefined && this.#blocks >= maxBlocks)
      await (this.#waiting ??= Promise.withResolvers()).promise;
    if (this.#failed !== undefined) throw this.#failed;
  }

  /** Resolves when all files are durable. There is one at least, so that every export can be loaded alike. */
  async finish(): Promise<readonly ManifestFile[]> {
    if (this.#rowsInBlock > 0) this.#endBlock();
    await this.#sent;
    if (this.#failed !== undefined) throw this.#failed;
    if (this.#file === undefined && this.#files.length === 0) await this.#open();
    await this.#close();
    return this.#files;
  }

  abort(): void {
    this.#failed ??= new Error('the export was given up');
    this.#file?.upload.abort();
    this.#wake();
  }

  #endBlock(): void {
    const { bytes, position } = this.#block;
    const rows = this.#rowsInBlock;
    this.#block.bytes = this.#spare.pop() ?? Buffer.allocUnsafeSlow(bufferBytes);
    this.#block.position = 0;
    this.#rowsInBlock = 0;
    this.#blocks += 1;
    const compressed = avroCodecs.snappy.compress(bytes.subarray(0, position));
    // Awaited in its turn; until then it must not count as unhandled.
    compressed.catch(() => undefined);
    this.#sent = this.#sent
      .then(async () => {
        const data = await compressed;
        // A buffer that had to grow for one large row is not kept.
        if (bytes.length === bufferBytes) this.#spare.push(bytes);
        if (this.#failed === undefined) await this.#send(rows, data);
      })
      .catch((error: unknown) => {
        this.#failed ??= error instanceof Error ? error : new Error(String(error));
      })
      .then(() => {
        this.#blocks -= 1;
        this.#wake();
      });
  }

  #wake(): void {
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }

  async #send(rows: number, data: Buffer): Promise<void> {
    if (this.#file !== undefined && this.#file.bytes >= this.#settings.fileBytes) await this.#close();
    const file = this.#file ?? (await this.#open());
    file.rows += rows;
    // One after the other, since a copy of every block would be garbage by the megabyte.
    for (const piece of [blockHeader(rows, data.length), data, file.sync]) {
      file.bytes += piece.length;
      await file.upload.write(piece);
    }
  }

  async #open() {
    const { bucket, nextName, schema, metadata } = this.#settings;
    const name = nextName();
    const sync = randomBytes(syncLength);
    const upload = bucket.upload(name, 'application/avro');
    const header = containerHeader({ schema, codec: 'snappy', sync, metadata });
    this.#file = { name, upload, sync, rows: 0, bytes: header.length };
    await upload.write(header);
    return this.#file;
  }

  async #close(): Promise<void> {
    if (this.#file === undefined) return;
    const { name, rows, upload } = this.#file;
    const stored = await upload.close();
    this.#file = undefined;
    this.#files.push({ name, rows, ...stored });
  }
}
