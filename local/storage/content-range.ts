import { invalid } from './api-error.ts';

/** What the Content-Range of an upload request says. */
type UploadRange =
  /** No bytes: how far are you? With `total`, also: that is all. */
  | { readonly kind: 'status'; readonly total: number | undefined }
  /** Bytes from `start`, up to and with `end`, or (undefined) to the end of the request's body. */
  | {
      readonly kind: 'bytes';
      readonly start: number;
      readonly end: number | undefined;
      readonly total: number | undefined;
    };

/**
 * Reads the Content-Range of a resumable upload; without one the request carries all of the object.
 * https://cloud.google.com/storage/docs/performing-resumable-uploads
 */
export function uploadRange(header: string | undefined): UploadRange {
  if (header === undefined) return { kind: 'bytes', start: 0, end: undefined, total: undefined };
  const match = /^bytes (?:(\d+)-(\d+|\*)|\*)\/(\d+|\*)$/.exec(header.trim());
  if (!match) throw invalid(`Failed to parse Content-Range header: '${header}'`);
  const [start, end, total] = [match[1], match[2], match[3]].map(whole);
  if (start === undefined) return { kind: 'status', total };
  if ((end !== undefined && end < start) || (total !== undefined && (end ?? start - 1) >= total)) {
    throw invalid(`Invalid Content-Range header: '${header}'`);
  }
  return { kind: 'bytes', start, end, total };
}

const whole = (text: string | undefined) => (text === undefined || text === '*' ? undefined : Number(text));

/**
 * Reads the Range of a download of `size` bytes: the bytes from `start` to before `end`, 'unsatisfiable', or undefined
 * for all of it, which is also what a header that cannot be understood means (RFC 9110 section 14.2).
 */
export function downloadRange(
  header: string | undefined,
  size: number,
): { readonly start: number; readonly end: number } | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (!match) return undefined;
  const [, first, last] = match;
  if (!first) {
    if (!last) return undefined;
    const suffix = Number(last);
    return suffix === 0 || size === 0 ? 'unsatisfiable' : { start: Math.max(0, size - suffix), end: size };
  }
  const start = Number(first);
  if (last && Number(last) < start) return undefined;
  if (start >= size) return 'unsatisfiable';
  return { start, end: last ? Math.min(Number(last) + 1, size) : size };
}
