import type { Duplex } from 'node:stream';
import { OnrampError } from '../../core/errors.ts';
import { releaseChunk, restOfChunk } from '../release-chunk.ts';
import { mysqlFailure } from './failure.ts';

/** Reads a row of the text protocol, whose fields are in these bytes. */
export type ReadRow = (bytes: Buffer, start: number, end: number) => void;

export interface RowsListener {
  readonly row: ReadRow;
  /** Called after each chunk of the socket: false pauses it until `ready` resolves. */
  readonly more: () => boolean;
  readonly ready: () => Promise<void>;
}

type Listener = (chunk: Buffer) => void;

/** See https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html */
const headerBytes = 4;
const maxPayload = 0xffffff;
const comQuery = 3;
const errorPacket = 0xff;
const endPacket = 0xfe;

/**
 * Runs a query and reads its rows straight from the socket's chunks, where mysql2 would make objects of them. The
 * connection must be idle; afterwards it is mysql2's again. `columns` is how many columns the result has.
 */
export function readRows(stream: Duplex, query: string, columns: number, listener: RowsListener): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const owners = stream.listeners('data') as Listener[];
  stream.removeAllListeners('data');
  // Besides the columns' definitions: how many there are, and the end of them.
  let before = columns + 2;
  let rest: Buffer[] = [];
  let have = 0;
  let need = 0;
  let chunkKept = false;

  const settle = (end: () => void) => {
    stream.off('data', onData).off('close', onClose).off('error', onError);
    for (const owner of owners) stream.on('data', owner);
    end();
  };
  const fail = (error: unknown) => {
    settle(() => reject(error));
    stream.destroy();
  };
  const onClose = () =>
    settle(() => reject(new OnrampError('EXPORT_CONNECTION_LOST', 'the server closed the connection')));
  const onError = (error: Error) => settle(() => reject(mysqlFailure(error)));

  /** Whether the result is at its end. */
  const take = (bytes: Buffer, start: number, end: number): boolean => {
    const first = bytes[start];
    if (first === errorPacket) {
      settle(() => reject(failureOf(bytes, start, end)));
      return true;
    }
    if (before > 0) {
      before -= 1;
      return false;
    }
    if (first === endPacket && end - start < 9) {
      settle(() => {
        resolve(undefined);
      });
      return true;
    }
    listener.row(bytes, start, end);
    return false;
  };

  /** Whether the result is at its end. */
  const read = (chunk: Buffer): boolean => {
    let at = 0;
    chunkKept = true;
    // The packet that the last chunk ended in: completed by itself, so that no whole chunk is copied for its sake.
    while (need > 0) {
      const taken = Math.min(need - have, chunk.length - at);
      rest.push(chunk.subarray(at, at + taken));
      have += taken;
      at += taken;
      if (have < need) return false;
      const bytes = rest.length === 1 ? (rest[0] ?? chunk) : Buffer.concat(rest);
      const whole = wholeLength(bytes);
      if (whole > bytes.length) {
        rest = [bytes];
        need = whole;
        continue;
      }
      rest = [];
      need = 0;
      have = 0;
      const payload = joined(bytes);
      if (take(payload, 0, payload.length)) return true;
    }
    while (chunk.length - at >= headerBytes) {
      const length = chunk.readUIntLE(at, 3);
      if (length === maxPayload || chunk.length - at - headerBytes < length) break;
      if (take(chunk, at + headerBytes, at + headerBytes + length)) return true;
      at += headerBytes + length;
    }
    chunkKept = false;
    if (at < chunk.length) {
      const last = restOfChunk(chunk, at);
      chunkKept = last.keepsChunk;
      rest = [last.rest];
      have = last.rest.length;
      need = wholeLength(last.rest);
    }
    return false;
  };

  const onData = (chunk: Buffer) => {
    try {
      if (read(chunk)) return;
      if (!chunkKept) releaseChunk(chunk);
      if (listener.more()) return;
      stream.pause();
      listener.ready().then(() => stream.resume(), fail);
    } catch (error) {
      fail(error);
    }
  };

  stream.on('data', onData).on('close', onClose).on('error', onError);
  const text = Buffer.from(query);
  const packet = Buffer.alloc(headerBytes + 1 + text.length);
  packet.writeUIntLE(1 + text.length, 0, 3);
  packet[headerBytes] = comQuery;
  text.copy(packet, headerBytes + 1);
  stream.write(packet);
  return promise;
}

/** Bytes of a packet with its header, and of those that continue it, as far as they can be told already. */
function wholeLength(bytes: Buffer): number {
  let at = 0;
  for (;;) {
    if (bytes.length < at + headerBytes) return at + headerBytes;
    const length = bytes.readUIntLE(at, 3);
    at += headerBytes + length;
    if (length < maxPayload) return at;
  }
}

/** The payload of a packet and of those that continue it. */
function joined(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUIntLE(at, 3);
    parts.push(bytes.subarray(at + headerBytes, at + headerBytes + length));
    at += headerBytes + length;
  }
  return parts.length === 1 ? (parts[0] ?? bytes) : Buffer.concat(parts);
}

/** An ERR packet: a number, `#` and the SQLSTATE, and the message. */
function failureOf(bytes: Buffer, start: number, end: number): unknown {
  const errno = bytes.readUInt16LE(start + 1);
  const sqlState = bytes[start + 3] === 0x23 ? bytes.toString('latin1', start + 4, start + 9) : '';
  const message = bytes.toString('utf8', start + (sqlState === '' ? 3 : 9), end);
  return mysqlFailure(Object.assign(new Error(message), { errno, sqlState }));
}
