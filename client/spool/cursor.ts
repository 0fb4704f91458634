import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/** A place in the spool before which everything has been sent. */
export interface Place {
  readonly sequence: number;
  readonly offset: number;
}

const length = 20;

/**
 * Remembers how far the spool has been sent, so that a restart sends little twice. It is not synchronised to the disk:
 * an older place costs duplicates, never a message.
 */
export class Cursor {
  readonly #file: number;
  readonly start: Place;

  constructor(folder: string) {
    const path = join(folder, 'cursor');
    this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT);
    this.start = parse(readFileSync(this.#file)) ?? { sequence: 0, offset: 0 };
  }

  write({ sequence, offset }: Place): void {
    const bytes = Buffer.alloc(length);
    bytes.writeDoubleLE(sequence, 0);
    bytes.writeDoubleLE(offset, 8);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 16)), 16);
    writeSync(this.#file, bytes, 0, length, 0);
  }

  close(): void {
    closeSync(this.#file);
  }
}

function parse(bytes: Buffer): Place | undefined {
  if (bytes.length !== length || crc32(bytes.subarray(0, 16)) !== bytes.readUInt32LE(16)) return undefined;
  return { sequence: bytes.readDoubleLE(0), offset: bytes.readDoubleLE(8) };
}
