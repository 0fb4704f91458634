/** Buffers up to this size are taken from the heap's own pools cheaply enough. */
const smallestPooled = 64 * 1024;
const mostPooledBytes = 16 * 1024 * 1024;

/**
 * Large buffers for reuse. A fresh one costs the system's zeroing of its pages, and stays until the garbage collector
 * comes by: at 50 MB a second that is most of the CPU time and hundreds of MB.
 */
export class BufferPool {
  readonly #free = new Map<number, Buffer[]>();
  #freeBytes = 0;

  /** A buffer of at least so many bytes, with any content. */
  take(bytes: number): Buffer {
    if (bytes <= smallestPooled) return Buffer.allocUnsafeSlow(bytes);
    const size = sizeFor(bytes);
    const found = this.#free.get(size)?.pop();
    if (found === undefined) return Buffer.allocUnsafeSlow(size);
    this.#freeBytes -= size;
    return found;
  }

  /** Gives a buffer back that nobody reads any more. */
  giveBack(buffer: Buffer): void {
    const size = buffer.length;
    if (size <= smallestPooled || size !== sizeFor(size) || this.#freeBytes + size > mostPooledBytes) return;
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [buffer]);
    else list.push(buffer);
    this.#freeBytes += size;
  }
}

/** The next power of two, or one and a half times the one before it: little is wasted, and sizes are few. */
function sizeFor(bytes: number): number {
  const power = 2 ** Math.ceil(Math.log2(bytes));
  return bytes <= power * 0.75 ? power * 0.75 : power;
}
