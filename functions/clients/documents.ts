import './listener-limit.ts';
import { createHash } from 'node:crypto';
import type { Bucket } from '@google-cloud/storage';
import { statusOf } from './objects.ts';

/** A JSON object of a bucket, without its content. */
export interface ListedDocument {
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** JSON objects of one bucket that several may change at once, none of them losing what another wrote. */
export interface Documents {
  /** Undefined when there is none. */
  read<T>(name: string): Promise<T | undefined>;
  /** False when there is one already, which then stays as it is. */
  create(name: string, value: unknown, metadata?: Readonly<Record<string, string>>): Promise<boolean>;
  /**
   * Replaces a document by what `change` makes of it, which is given undefined when there is none. What `change` gives
   * back unchanged (the same object, or undefined) is not written. It is called again when somebody else was faster.
   * Answers with the document as it then is.
   */
  change<T>(
    name: string,
    change: (present: T | undefined) => T | undefined,
    metadataOf?: MetadataOf<T>,
  ): Promise<T | undefined>;
  /** All whose names begin with `prefix`, by name; from the name `from` on when it is given. */
  list(prefix: string, from?: string): Promise<ListedDocument[]>;
  /** The folders right below a folder, in which there is at least one document; names end with a slash. */
  folders(folder: string): Promise<string[]>;
}

/** What a listing shows of a document; at most 8 KiB: https://cloud.google.com/storage/quotas#objects */
export type MetadataOf<T> = (value: T) => Readonly<Record<string, string>>;

/** Separates the parts of an upload. JSON has no line breaks, so that it cannot be in it. */
const boundary = 'onramp';

/** Each failure means that somebody else succeeded; so many in a row only a thundering herd makes. */
const attempts = 50;

export async function createDocuments(): Promise<(bucket: string) => Documents> {
  const { Storage } = await import('@google-cloud/storage');
  const storage = new Storage();
  return bucket => documentsOf(storage.bucket(bucket));
}

export function documentsOf(bucket: Bucket): Documents {
  /** In one request of two parts. The client's own upload is made for streams, and takes twice the time for a small one. */
  const write = async (
    name: string,
    value: unknown,
    metadata: Readonly<Record<string, string>>,
    generation: number,
  ) => {
    const content = JSON.stringify(value);
    const md5Hash = createHash('md5').update(content).digest('base64');
    const parts = [JSON.stringify({ contentType: 'application/json', md5Hash, metadata }), content];
    await bucket.request({
      method: 'POST',
      uri: `${bucket.storage.apiEndpoint}/upload/storage/v1/b/${bucket.name}/o`,
      qs: { uploadType: 'multipart', name, ifGenerationMatch: generation },
      headers: { 'content-type': `multipart/related; boundary=${boundary}` },
      body: [
        ...parts.map(part => `--${boundary}\r\ncontent-type: application/json\r\n\r\n${part}\r\n`),
        `--${boundary}--`,
      ].join(''),
    });
  };
  const create: Documents['create'] = async (name, value, metadata = {}) => {
    try {
      await write(name, value, metadata, 0);
      return true;
    } catch (error) {
      if (statusOf(error) === 412) return false;
      throw error;
    }
  };

  return {
    async read<T>(name: string) {
      try {
        const [content] = await bucket.file(name).download();
        return JSON.parse(content.toString('utf8')) as T;
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
      }
    },
    create,
    async change<T>(
      name: string,
      change: (present: T | undefined) => T | undefined,
      metadataOf: MetadataOf<T> = () => ({}),
    ) {
      for (let attempt = 1; ; attempt += 1) {
        const present = await readWith(bucket, name);
        const value = present?.value as T | undefined;
        const changed = change(value);
        if (changed === undefined || changed === value) return value;
        try {
          await write(name, changed, metadataOf(changed), present?.generation ?? 0);
          return changed;
        } catch (error) {
          if (statusOf(error) !== 412 || attempt === attempts) throw error;
          await new Promise(resolve => setTimeout(resolve, Math.random() * Math.min(20 * attempt, 500)));
        }
      }
    },
    async list(prefix, from) {
      const [files] = await bucket.getFiles({ prefix, ...(from !== undefined && { startOffset: from }) });
      return files.map(({ name, metadata }) => ({ name, metadata: textsOf(metadata.metadata ?? {}) }));
    },
    async folders(folder) {
      const found: string[] = [];
      let pageToken: string | undefined;
      do {
        const query = { prefix: folder, delimiter: '/', autoPaginate: false, ...(pageToken && { pageToken }) };
        const [, , page] = (await bucket.getFiles(query)) as FoldersPage;
        found.push(...(page.prefixes ?? []));
        pageToken = page.nextPageToken;
      } while (pageToken !== undefined);
      return found;
    },
  };
}

/** What the client's type leaves open. */
type FoldersPage = [unknown, unknown, { readonly prefixes?: readonly string[]; readonly nextPageToken?: string }];

/** The document and its generation, which belong together whatever is written meanwhile. */
async function readWith(bucket: Bucket, name: string): Promise<{ value: unknown; generation: number } | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const [metadata] = await bucket.file(name).getMetadata();
      const generation = Number(metadata.generation);
      try {
        const [content] = await bucket.file(name, { generation }).download();
        return { value: JSON.parse(content.toString('utf8')) as unknown, generation };
      } catch (error) {
        // Overwritten between the two requests.
        if (statusOf(error) !== 404 || attempt === attempts) throw error;
      }
    } catch (error) {
      if (statusOf(error) === 404 && attempt < attempts) return undefined;
      throw error;
    }
  }
}

const textsOf = (metadata: object): Record<string, string> =>
  Object.fromEntries(Object.entries(metadata).map(([key, value]) => [key, String(value)]));
