import { randomUUID } from 'node:crypto';
import type { ContentFolder, ContentWriter } from './content.ts';
import type { DeclaredHashes } from './declared-hashes.ts';
import type { ObjectRecord } from './object-record.ts';
import type { ObjectSettings } from './object-settings.ts';
import type { Preconditions } from './preconditions.ts';

/** What an upload will become. */
export interface UploadPlan {
  readonly bucket: string;
  readonly name: string;
  readonly settings: ObjectSettings;
  readonly storageClass: string | undefined;
  readonly conditions: Preconditions;
  readonly hashes: DeclaredHashes;
  /** Size that the caller announced. */
  readonly size: number | undefined;
}

/** A resumable upload in progress. */
export interface ResumableUpload {
  readonly id: string;
  readonly plan: UploadPlan;
  readonly writer: ContentWriter;
  /** The object, once it is whole: asked again, the upload answers with it. */
  object: ObjectRecord | undefined;
  /**
   * Runs one request of the upload after the other. A new request means that its caller has given the earlier one up,
   * which is therefore cut off by `abort`, and then waited for.
   */
  exclusively<T>(abort: () => void, work: () => Promise<T>): Promise<T>;
}

/** The resumable uploads of this process; a restart forgets them, and their callers begin anew. */
export interface ResumableUploads {
  begin(plan: UploadPlan): ResumableUpload;
  find(id: string): ResumableUpload | undefined;
  /** Forgets an upload, with what it wrote. */
  cancel(upload: ResumableUpload): Promise<void>;
  /** Keeps a finished upload for a while, to answer its caller if it asks again. */
  finished(upload: ResumableUpload): void;
}

/** https://cloud.google.com/storage/docs/resumable-uploads#session-uris: a session ends after a week. */
const sessionMillis = 7 * 24 * 60 * 60 * 1000;

const finishedKept = 1000;

export function createResumableUploads(folder: ContentFolder, clock: { now(): number }): ResumableUploads {
  const active = new Map<string, { readonly upload: ResumableUpload; readonly began: number }>();
  const finished = new Map<string, ResumableUpload>();

  const cancel = async (upload: ResumableUpload) => {
    active.delete(upload.id);
    await upload.writer.discard();
  };
  const expire = () => {
    for (const { upload, began } of active.values()) {
      // In order of their beginning.
      if (clock.now() - began < sessionMillis) return;
      void cancel(upload);
    }
  };

  return {
    begin(plan) {
      expire();
      const upload = createUpload(plan, folder.writer());
      active.set(upload.id, { upload, began: clock.now() });
      return upload;
    },
    find: id => active.get(id)?.upload ?? finished.get(id),
    cancel,
    finished(upload) {
      active.delete(upload.id);
      finished.set(upload.id, upload);
      const [oldest] = finished.keys();
      if (finished.size > finishedKept && oldest !== undefined) finished.delete(oldest);
    },
  };
}

function createUpload(plan: UploadPlan, writer: ContentWriter): ResumableUpload {
  let abortLast: () => void = () => undefined;
  let last: Promise<unknown> = Promise.resolve();
  return {
    id: randomUUID(),
    plan,
    writer,
    object: undefined,
    exclusively(abort, work) {
      abortLast();
      abortLast = abort;
      const result = last.then(work, work);
      last = result;
      return result.finally(() => {
        if (last === result) abortLast = () => undefined;
      });
    },
  };
}
