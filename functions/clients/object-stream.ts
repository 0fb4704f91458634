import './listener-limit.ts';
import { once } from 'node:events';
import type { Bucket } from '@google-cloud/storage';
import { readObject, statusOf } from './objects.ts';

/** An object in the making. */
export interface ObjectUpload {
  /** Resolves when more may follow, so that memory stays flat; rejects when the upload has failed. */
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves when the object is durable, with what Cloud Storage says of it. */
  close(): Promise<StoredObject>;
  /** Gives the upload up; what was sent becomes no object. */
  abort(): void;
}

export interface StoredObject {
  readonly bytes: number;
  /** CRC-32C, in base64 as Cloud Storage writes it: computed while sending, and equal to the object's own. */
  readonly crc32c: string;
}

/** Objects that are made once each. */
export interface NewObjects {
  /** Makes a large object by a resumable upload. A name that is taken makes `close` reject. */
  upload(name: string, contentType: string): ObjectUpload;
  /** False when there is such an object already, which stays as it is. */
  create(name: string, content: Buffer, contentType: string): Promise<boolean>;
  /** Undefined when there is no such object. */
  read(name: string): Promise<Buffer | undefined>;
}

export type OpenNewObjects = (bucket: string) => NewObjects;

/**
 * Bytes per request of a resumable upload: what the client keeps to send again. A multiple of 256 KiB, as
 * https://cloud.google.com/storage/docs/performing-resumable-uploads#chunked-upload demands.
 */
const chunkBytes = 8 * 1024 * 1024;

export async function createNewObjects(): Promise<OpenNewObjects> {
  const { CRC32C, Storage } = await import('@google-cloud/storage');
  const storage = new Storage();
  return name => {
    const bucket = storage.bucket(name);
    return {
      upload: (object, contentType) => uploadTo(bucket, object, contentType, new CRC32C()),
      async create(object, content, contentType) {
        try {
          await bucket.file(object).save(content, {
            resumable: false,
            contentType,
            preconditionOpts: { ifGenerationMatch: 0 },
          });
          return true;
        } catch (error) {
          if (statusOf(error) !== 412) throw error;
          return false;
        }
      },
      read: object => readObject(bucket, object),
    };
  };
}

interface Checksum {
  update(bytes: Buffer): void;
  toString(): string;
}

function uploadTo(bucket: Bucket, name: string, contentType: string, crc: Checksum): ObjectUpload {
  const file = bucket.file(name);
  const stream = file.createWriteStream({
    resumable: true,
    chunkSize: chunkBytes,
    // Checked below, against what was computed for the manifest anyway.
    validation: false,
    contentType,
    preconditionOpts: { ifGenerationMatch: 0 },
  });
  let bytes = 0;
  let failed: Error | undefined;
  stream.on('error', (error: Error) => {
    failed ??= error;
  });
  return {
    async write(chunk) {
      if (failed !== undefined) throw failed;
      const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      crc.update(buffer);
      bytes += buffer.length;
      if (!stream.write(buffer)) await once(stream, 'drain');
    },
    async close() {
      if (failed !== undefined) throw failed;
      stream.end();
      await once(stream, 'finish');
      const crc32c = crc.toString();
      const { crc32c: stored, size } = file.metadata;
      if (stored !== crc32c || Number(size) !== bytes) {
        throw new Error(`${name} was stored as ${size} bytes with CRC-32C ${stored}, not ${bytes} with ${crc32c}`);
      }
      return { bytes, crc32c };
    },
    abort() {
      stream.destroy();
    },
  };
}
