import { createHash, randomUUID } from 'node:crypto';
import { closeSync, createReadStream, mkdirSync, openSync, read as readFd } from 'node:fs';
import { copyFile, type FileHandle, constants as fsConstants, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { crc32c, crc32cText } from './crc32c.ts';

/** What is known of content once it is written. */
interface Written {
  /** Id of the file. */
  readonly content: string;
  readonly size: number;
  /** Base64. */
  readonly crc32c: string;
  /** Base64. */
  readonly md5Hash: string;
}

/** Takes bytes one piece after the other, into a file that nobody sees before an object names it. */
export interface ContentWriter {
  /** Bytes taken so far. */
  readonly size: number;
  /** Resolves when more may come. The buffer must not be changed afterwards. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when all bytes are with the operating system. */
  finish(): Promise<Written>;
  /** Gives up and removes the file. */
  discard(): Promise<void>;
}

/** Content that is open for reading, and stays readable although the object is deleted meanwhile. */
interface OpenContent {
  /** All of it, or the bytes from `start` to before `end`; for small ones. Closes. */
  buffer(start: number, end: number): Promise<Buffer>;
  /** As `buffer`, for large ones. Closes when it ends or is destroyed. */
  stream(start: number, end: number): Readable;
  close(): void;
}

/**
 * The folder of all content. A file's name is random and tells nothing of the object. A file that no object names, as a
 * crash leaves it, is removed at the next start.
 */
export interface ContentFolder {
  writer(): ContentWriter;
  /** Opens at once, so that no deletion can come in between. Throws when there is no such file. */
  open(content: string): OpenContent;
  /** Copies a file, without its blocks where the file system can. Answers with the new id. */
  copy(content: string): Promise<string>;
  remove(content: string): Promise<void>;
  /** Removes all files but these. */
  sweep(used: ReadonlySet<string>): Promise<void>;
}

/** Bytes held in memory for each writer before they go to the disk; an object of this size needs one write. */
const heldBytes = 1024 * 1024;

const readInto = promisify(readFd);

export function openContentFolder(folder: string): ContentFolder {
  mkdirSync(folder, { recursive: true });
  const path = (content: string) => join(folder, content);
  const remove = (content: string) =>
    unlink(path(content)).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    });

  return {
    writer: () => createWriter(path, remove),
    open: content => openContent(path(content)),
    async copy(content) {
      const copied = randomUUID();
      await copyFile(path(content), path(copied), fsConstants.COPYFILE_FICLONE);
      return copied;
    },
    remove,
    async sweep(used) {
      for (const file of await readdir(folder)) if (!used.has(file)) await remove(file);
    },
  };
}

function createWriter(path: (content: string) => string, remove: (content: string) => Promise<void>): ContentWriter {
  const content = randomUUID();
  const md5 = createHash('md5');
  let file: FileHandle | undefined;
  let crc = 0;
  let size = 0;
  let held: Uint8Array[] = [];
  let heldSize = 0;

  const flush = async () => {
    file ??= await open(path(content), 'wx');
    const pieces = held;
    let left = heldSize;
    held = [];
    heldSize = 0;
    while (left > 0) {
      const { bytesWritten } = await file.writev(pieces);
      left -= bytesWritten;
      for (let skip = bytesWritten; skip > 0 && pieces[0]; ) {
        const taken = Math.min(skip, pieces[0].length);
        skip -= taken;
        if (taken === pieces[0].length) pieces.shift();
        else pieces[0] = pieces[0].subarray(taken);
      }
    }
  };

  return {
    get size() {
      return size;
    },
    async write(bytes) {
      md5.update(bytes);
      crc = crc32c(bytes, crc);
      size += bytes.length;
      held.push(bytes);
      heldSize += bytes.length;
      if (heldSize >= heldBytes) await flush();
    },
    async finish() {
      await flush();
      await file?.close();
      return { content, size, crc32c: crc32cText(crc), md5Hash: md5.digest('base64') };
    },
    async discard() {
      // It may be closed already, when it is finished and then not wanted.
      await file?.close().catch(() => undefined);
      await remove(content);
    },
  };
}

function openContent(path: string): OpenContent {
  const fd = openSync(path, 'r');
  const close = () => closeSync(fd);
  return {
    close,
    async buffer(start, end) {
      const buffer = Buffer.allocUnsafe(end - start);
      try {
        let at = 0;
        while (at < buffer.length) {
          const { bytesRead } = await readInto(fd, buffer, at, buffer.length - at, start + at);
          if (bytesRead === 0) throw new Error(`${path} ends before byte ${end}`);
          at += bytesRead;
        }
      } finally {
        close();
      }
      return buffer;
    },
    stream(start, end) {
      if (start < end) return createReadStream(path, { fd, start, end: end - 1, highWaterMark: 256 * 1024 });
      close();
      return Readable.from([]);
    },
  };
}
