import type { Duplex } from 'node:stream';
import type { Connection, Submittable } from 'pg';
import { releaseChunk, restOfChunk } from '../release-chunk.ts';

/** Reads the tuples in the bytes of one CopyData message. */
export type ReadTuples = (bytes: Buffer, start: number, end: number) => void;

export interface CopyListener {
  readonly tuples: ReadTuples;
  /** Called after each chunk of the socket: false pauses it until `ready` resolves. */
  readonly more: () => boolean;
  readonly ready: () => Promise<void>;
}

/** See https://www.postgresql.org/docs/current/protocol-message-formats.html */
const copyData = 0x64;
/** Messages around the data that need no answer: 1, 2, n, H, c, N and S. */
const skipped = new Set([0x31, 0x32, 0x6e, 0x48, 0x63, 0x4e, 0x53]);
const headerBytes = 5;

type Listener = (chunk: Buffer) => void;

/**
 * Runs a `COPY … TO STDOUT` and reads its data straight from the socket's chunks: while it runs, this listens in the
 * place of pg's parser, which would make an object and an event of every row. From the first message that is not part
 * of the copy on, the parser has the socket again. The extended protocol takes one statement only, so that a query
 * cannot bring a second one with it.
 */
export class CopyRows implements Submittable {
  readonly done: Promise<void>;
  readonly #text: string;
  readonly #listener: CopyListener;
  #stream: Duplex | undefined;
  #parser: Listener[] = [];
  #rest: Buffer[] = [];
  #have = 0;
  #need = 0;
  #keepsChunk = false;
  #failed: Error | undefined;
  #settle: { readonly resolve: (nothing: undefined) => void; readonly reject: (error: Error) => void };

  constructor(text: string, listener: CopyListener) {
    this.#text = text;
    this.#listener = listener;
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.done = promise;
    this.#settle = { resolve, reject };
  }

  submit(connection: Connection): void {
    connection.parse({ name: '', text: this.#text, types: [] });
    connection.bind({ portal: '', statement: '', values: [] });
    connection.execute({ portal: '', rows: 0 });
    connection.sync();
    const { stream } = connection;
    this.#stream = stream;
    this.#parser = stream.listeners('data') as Listener[];
    stream.removeAllListeners('data');
    stream.on('data', this.#onData);
  }

  handleRowDescription(): void {}

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#settle.resolve(undefined);
  }

  handleError(error: Error): void {
    this.#settle.reject(this.#failed ?? error);
  }

  readonly #onData = (chunk: Buffer): void => {
    try {
      const handedOver = this.#read(chunk);
      if (!handedOver && !this.#keepsChunk) releaseChunk(chunk);
      if (handedOver || this.#listener.more()) return;
      this.#stream?.pause();
      this.#listener.ready().then(
        () => this.#stream?.resume(),
        (error: unknown) => this.#fail(error),
      );
    } catch (error) {
      this.#fail(error);
    }
  };

  #fail(error: unknown): void {
    this.#failed = error instanceof Error ? error : new Error(String(error));
    // The server stops the copy when it finds the connection gone.
    this.#stream?.destroy();
    this.#settle.reject(this.#failed);
  }

  /** Whether pg's parser has the socket again. */
  #read(chunk: Buffer): boolean {
    let at = 0;
    this.#keepsChunk = true;
    // The message that the last chunk ended in: completed by itself, so that no whole chunk is copied for its sake.
    while (this.#need > 0) {
      const taken = Math.min(this.#need - this.#have, chunk.length - at);
      this.#rest.push(chunk.subarray(at, at + taken));
      this.#have += taken;
      at += taken;
      if (this.#have < this.#need) return false;
      const message = this.#rest.length === 1 ? (this.#rest[0] ?? chunk) : Buffer.concat(this.#rest);
      const length = 1 + message.readUInt32BE(1);
      if (length > message.length) {
        this.#rest = [message];
        this.#need = length;
        continue;
      }
      this.#rest = [];
      this.#need = 0;
      this.#have = 0;
      if (!this.#take(message, 0, length)) {
        this.#handOver(Buffer.concat([message, chunk.subarray(at)]));
        return true;
      }
    }
    while (chunk.length - at >= headerBytes) {
      const length = 1 + chunk.readUInt32BE(at + 1);
      if (chunk.length - at < length) break;
      if (!this.#take(chunk, at, at + length)) {
        this.#handOver(chunk.subarray(at));
        return true;
      }
      at += length;
    }
    this.#keepsChunk = false;
    if (at < chunk.length) {
      const { rest, keepsChunk } = restOfChunk(chunk, at);
      this.#keepsChunk = keepsChunk;
      this.#rest = [rest];
      this.#have = rest.length;
      this.#need = rest.length < headerBytes ? headerBytes : 1 + rest.readUInt32BE(1);
    }
    return false;
  }

  /** False for a message that is not of the copy. */
  #take(bytes: Buffer, start: number, end: number): boolean {
    const code = bytes[start] ?? 0;
    if (code === copyData) this.#listener.tuples(bytes, start + headerBytes, end);
    else if (!skipped.has(code)) return false;
    return true;
  }

  #handOver(bytes: Buffer): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    stream.off('data', this.#onData);
    for (const listener of this.#parser) stream.on('data', listener);
    for (const listener of this.#parser) listener(bytes);
  }
}
