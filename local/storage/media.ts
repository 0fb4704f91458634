import type { IncomingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ApiError } from './api-error.ts';
import type { Reply } from './call.ts';
import type { ContentFolder } from './content.ts';
import { downloadRange } from './content-range.ts';
import { type ObjectRecord, objectEtag } from './object-record.ts';

/** Up to this size an answer is read in one piece. */
const oneReadBytes = 1024 * 1024;

/**
 * The answer to a download of a version, which the caller has just looked up: all of it, the Range asked for, or, when it
 * is stored with gzip and the caller does not accept that, its decompressed content.
 */
export async function mediaReply(
  record: ObjectRecord,
  folder: ContentFolder,
  headers: IncomingHttpHeaders,
): Promise<Reply> {
  const isGzip = record.settings.contentEncoding === 'gzip';
  if (isGzip && !accepts(headers['accept-encoding'], 'gzip') && !isNoTransform(record)) {
    const stream = pipeline(folder.open(record.content).stream(0, record.size), createGunzip(), () => {
      // What is not gzip after all ends as a broken connection: the status is sent by then.
    });
    return { status: 200, headers: { ...mediaHeaders(record), warning: '214 UploadServer gunzipped' }, body: stream };
  }

  const range = downloadRange(headers.range, record.size);
  if (range === 'unsatisfiable') {
    throw new ApiError(416, 'requestedRangeNotSatisfiable', 'Request range not satisfiable', {
      headers: { 'content-range': `bytes */${record.size}` },
    });
  }
  const { start, end } = range ?? { start: 0, end: record.size };
  const { contentEncoding } = record.settings;
  const content = folder.open(record.content);
  return {
    status: range ? 206 : 200,
    headers: {
      ...mediaHeaders(record),
      'accept-ranges': 'bytes',
      // Node re-encodes a Content-Disposition beyond ASCII, and then refuses it, if it knows the length.
      ...(isAscii(record.settings.contentDisposition) ? { 'content-length': String(end - start) } : {}),
      ...(contentEncoding === undefined ? {} : { 'content-encoding': headerText(contentEncoding) }),
      ...(range ? { 'content-range': `bytes ${start}-${end - 1}/${record.size}` } : {}),
    },
    body: end - start <= oneReadBytes ? await content.buffer(start, end) : content.stream(start, end),
  };
}

/** https://cloud.google.com/storage/docs/xml-api/reference-headers */
function mediaHeaders(record: ObjectRecord): Record<string, string> {
  const { contentType, contentEncoding, contentDisposition, contentLanguage, cacheControl } = record.settings;
  const md5 = record.md5Hash === undefined ? '' : `,md5=${record.md5Hash}`;
  return {
    'content-type': headerText(contentType ?? 'application/octet-stream'),
    ...(contentDisposition === undefined ? {} : { 'content-disposition': headerText(contentDisposition) }),
    ...(contentLanguage === undefined ? {} : { 'content-language': headerText(contentLanguage) }),
    'cache-control': headerText(cacheControl ?? 'no-cache, no-store, max-age=0, must-revalidate'),
    etag: objectEtag(record),
    'last-modified': new Date(record.updated).toUTCString(),
    'x-goog-generation': String(record.generation),
    'x-goog-metageneration': String(record.metageneration),
    'x-goog-hash': `crc32c=${record.crc32c}${md5}`,
    'x-goog-storage-class': record.storageClass,
    'x-goog-stored-content-encoding': headerText(contentEncoding ?? 'identity'),
    'x-goog-stored-content-length': String(record.size),
  };
}

/** Text beyond ASCII goes as UTF-8 bytes, which Node takes in Latin-1's guise. */
const headerText = (text: string) => Buffer.from(text).toString('latin1');

const isAscii = (text = '') => /^[\t\x20-\x7e]*$/.test(text);

/** https://cloud.google.com/storage/docs/transcoding#cache-control */
const isNoTransform = (record: ObjectRecord) => /\bno-transform\b/i.test(record.settings.cacheControl ?? '');

function accepts(header: string | string[] | undefined, encoding: string): boolean {
  return String(header ?? '')
    .split(',')
    .some(entry => new RegExp(`^\\s*(?:${encoding}|\\*)\\s*(?:;\\s*q=(?!0(?:\\.0*)?\\s*$).*)?$`, 'i').test(entry));
}
