/** Bytes of a message that the next chunk goes on with: up to so many are copied, so that the chunk can be released. */
const maxCopied = 16 * 1024;

/**
 * Gives the memory of a socket's chunk back at once, of which nothing is referred to any more: left to the garbage
 * collector, the chunks of a fast export grow to a hundred megabytes before it looks. A chunk that is a part of a larger
 * buffer stays.
 */
export function releaseChunk({ buffer, length }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === length) buffer.transfer(0);
}

/** The end of a chunk: a copy when it is short, else a view, which keeps the chunk. */
export function restOfChunk(chunk: Buffer, at: number): { readonly rest: Buffer; readonly keepsChunk: boolean } {
  const rest = chunk.subarray(at);
  return rest.length > maxCopied ? { rest, keepsChunk: true } : { rest: Buffer.from(rest), keepsChunk: false };
}
