import { invalid, notImplemented } from './api-error.ts';
import { type JsonObject, parseObject } from './json.ts';

/** The two parts of an upload in one request: the object's resource, and its content. */
interface MultipartUpload {
  readonly resource: JsonObject;
  /** Content-Type of the second part. */
  readonly mediaType: string | undefined;
}

const maxHeaderBytes = 16 * 1024;
const maxResourceBytes = 1024 * 1024;

/**
 * Reads a multipart/related body, handing the content on as it comes. The boundary may be bare, in double quotes, or in
 * single quotes (as gcloud sends it), and lines may end with CRLF or LF (as gcloud's do). Throws 400.
 * https://cloud.google.com/storage/docs/uploading-objects#uploading-an-object
 */
export async function readMultipart(
  contentType: string,
  body: AsyncIterable<Uint8Array>,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<MultipartUpload> {
  const boundary = boundaryOf(contentType);
  const source = body[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);

  const more = async () => {
    const next = await source.next();
    if (next.done) throw invalid('Malformed multipart body: it ends before its last boundary.');
    const { value } = next;
    held =
      held.length > 0 ? Buffer.concat([held, value]) : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  };
  const until = async (mark: string, limit: number) => {
    for (;;) {
      const at = held.indexOf(mark);
      if (at >= 0) {
        const part = held.subarray(0, at);
        held = held.subarray(at + mark.length);
        return part;
      }
      if (held.length > limit) throw invalid('Malformed multipart body: a part is longer than it may be.');
      await more();
    }
  };
  const line = async () => (await until('\n', maxHeaderBytes)).toString('latin1');
  const headers = async () => {
    const found = new Map<string, string>();
    for (let text = (await line()).trimEnd(); text; text = (await line()).trimEnd()) {
      const colon = text.indexOf(':');
      found.set(text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim());
    }
    return found;
  };

  await until(`--${boundary}`, maxHeaderBytes);
  const delimiter = `${(await line()).endsWith('\r') ? '\r\n' : '\n'}--${boundary}`;
  await headers();
  const resource = parseObject(await until(delimiter, maxResourceBytes));
  if ((await line()).startsWith('--')) throw invalid('Malformed multipart body: it has one part, and needs two.');

  const mediaHeaders = await headers();
  const encoding = mediaHeaders.get('content-transfer-encoding') ?? 'binary';
  if (!/^(binary|8bit|7bit)$/i.test(encoding)) throw notImplemented(`the content transfer encoding ${encoding}`);
  for (;;) {
    const at = held.indexOf(delimiter);
    // All but what may be the beginning of the delimiter is content.
    const sure = at >= 0 ? at : Math.max(0, held.length - delimiter.length + 1);
    if (sure > 0) await write(held.subarray(0, sure));
    held = held.subarray(sure);
    if (at >= 0) break;
    await more();
  }
  held = held.subarray(delimiter.length);
  while (held.length < 2) await more();
  if (!held.subarray(0, 2).equals(Buffer.from('--'))) {
    throw invalid('Malformed multipart body: it has more than two parts.');
  }
  while (!(await source.next()).done) {
    // What follows the last boundary means nothing.
  }
  return { resource, mediaType: mediaHeaders.get('content-type') };
}

function boundaryOf(contentType: string): string {
  const match = /^multipart\/related\b.*?;\s*boundary=(?:"([^"]+)"|'([^']+)'|([^\s;]+))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2] ?? match?.[3];
  if (!boundary) throw invalid('A multipart upload needs the Content-Type multipart/related with a boundary.');
  return boundary;
}
