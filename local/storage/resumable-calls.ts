import { ApiError, invalid } from './api-error.ts';
import { bodyOf, type Call, okObject, type Reply } from './call.ts';
import { uploadRange } from './content-range.ts';
import { hashesOfHeaders } from './declared-hashes.ts';
import type { ResumableUpload } from './resumable-uploads.ts';
import { finish } from './upload-calls.ts';

/** Every request but the last carries a multiple of this. https://cloud.google.com/storage/docs/performing-resumable-uploads#chunked-upload */
const chunkUnit = 256 * 1024;

/** PUT on a session: bytes, or the question how many have come. */
export async function continueResumable(call: Call): Promise<Reply> {
  const upload = uploadOf(call);
  return upload.exclusively(
    () => call.request.destroy(),
    async () => {
      if (upload.object) return okObject(call, upload.object);
      const range = uploadRange(call.request.headers['content-range']);
      if (range.kind === 'status') {
        return range.total === upload.writer.size ? complete(call, upload) : incomplete(upload);
      }
      const { end, total } = range;
      const announced = total ?? upload.plan.size;
      // With an open end the body is the rest; with a closed one it is the last only if it reaches the total.
      const isLast = end === undefined || (announced !== undefined && end + 1 >= announced);
      await receive(call, upload, range.start, end, isLast);
      const whole = total ?? (end === undefined ? undefined : end + 1);
      return isLast && (whole === undefined || upload.writer.size === whole)
        ? complete(call, upload)
        : incomplete(upload);
    },
  );
}

/** DELETE on a session. The product answers 499, a status of its own, for "cancelled". */
export async function cancelResumable(call: Call): Promise<Reply> {
  const upload = uploadOf(call);
  return upload.exclusively(
    () => undefined,
    async () => {
      if (!upload.object) await call.state.uploads.cancel(upload);
      return { status: 499 };
    },
  );
}

function uploadOf(call: Call): ResumableUpload {
  const id = call.query.get('upload_id') ?? '';
  const upload = call.state.uploads.find(id);
  if (!upload || upload.plan.bucket !== call.params[0]) {
    throw new ApiError(404, 'notFound', `No such resumable upload: ${id}`);
  }
  return upload;
}

/** Takes the bytes of one request. If the connection breaks, what came before is kept, and can be gone on from. */
async function receive(
  call: Call,
  upload: ResumableUpload,
  start: number,
  end: number | undefined,
  isLast: boolean,
): Promise<void> {
  const { writer } = upload;
  if (start > writer.size) {
    throw invalid(`The upload has ${writer.size} bytes so far; the request starts at byte ${start}.`);
  }
  // A retry may send bytes that have come already.
  let skip = writer.size - start;
  const declared = end === undefined ? Number.POSITIVE_INFINITY : end - start + 1;
  checkLength(call, declared, start, end);
  let left = acceptedBytes(declared, isLast) - skip;
  for await (const chunk of bodyOf(call.request)) {
    const piece = chunk.subarray(skip);
    skip -= chunk.length - piece.length;
    const taken = piece.length > left ? piece.subarray(0, Math.max(0, left)) : piece;
    left -= taken.length;
    if (taken.length > 0) await writer.write(taken);
  }
}

/** Refuses a body whose length is not what its Content-Range says. */
function checkLength(call: Call, declared: number, start: number, end: number | undefined): void {
  const length = call.request.headers['content-length'];
  if (end === undefined || length === undefined || Number(length) === declared) return;
  throw invalid(
    `Invalid request.  There were ${length} byte(s) in the request body.  There should have been ${declared} byte(s) ` +
      `(starting at offset ${start} and ending at offset ${end}) according to the Content-Range header.`,
  );
}

/** How many of a request's bytes are kept: all of the last one's, else whole units; too few are refused. */
function acceptedBytes(declared: number, isLast: boolean): number {
  if (isLast) return declared;
  if (declared < chunkUnit) {
    throw invalid(
      `Invalid request.  The number of bytes uploaded is required to be equal or greater than ${chunkUnit}, ` +
        `except for the final request (it's recommended to be the exact multiple of ${chunkUnit}).  ` +
        `The received request contained ${declared} bytes, which does not meet this requirement.`,
    );
  }
  return declared - (declared % chunkUnit);
}

function incomplete(upload: ResumableUpload): Reply {
  const { size } = upload.writer;
  return { status: 308, headers: size > 0 ? { range: `bytes=0-${size - 1}` } : {} };
}

async function complete(call: Call, upload: ResumableUpload): Promise<Reply> {
  try {
    upload.object = await finish(call, upload.plan, upload.writer, hashesOfHeaders(call.request.headers));
  } catch (error) {
    await call.state.uploads.cancel(upload);
    throw error;
  }
  call.state.uploads.finished(upload);
  return okObject(call, upload.object);
}
