/**
 * The first 60 bits of the MD5 of a value's bytes: the fingerprint that column checksums are made of. Not for secrets:
 * BigQuery has to compute the same in SQL, and MD5 is what it computes fastest of the hashes it can also be taken apart.
 * Written out here since a call of `node:crypto` costs five times as much as the hash of a short text.
 */
export class Md5Prefix {
  /** Bits 59 to 32 of the last fingerprint. */
  high = 0;
  /** Bits 31 to 0 of the last fingerprint. */
  low = 0;
  readonly #words = new Int32Array(16);
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;

  /** Leaves the fingerprint of these bytes in `high` and `low`. */
  of(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.#a = 0x67452301;
    this.#b = 0xefcdab89 | 0;
    this.#c = 0x98badcfe | 0;
    this.#d = 0x10325476;
    let at = start;
    for (; end - at >= 64; at += 64) {
      for (let i = 0; i < 16; i += 1) this.#words[i] = wordAt(bytes, at + 4 * i);
      this.#block();
    }
    this.#last(bytes, at, end, length);
    const a = swap(this.#a);
    const b = swap(this.#b);
    this.high = a >>> 4;
    this.low = (a << 28) | (b >>> 4);
  }

  #last(bytes: Uint8Array, start: number, end: number, length: number): void {
    const words = this.#words.fill(0);
    let at = start;
    let word = 0;
    for (; end - at >= 4; at += 4) {
      words[word] = wordAt(bytes, at);
      word += 1;
    }
    let rest = 0x80 << (8 * (end - at));
    for (let i = end - at - 1; i >= 0; i -= 1) rest |= (bytes[at + i] ?? 0) << (8 * i);
    words[word] = rest;
    if (word > 13) {
      this.#block();
      words.fill(0);
    }
    words[14] = length << 3;
    words[15] = Math.floor(length / 0x20000000);
    this.#block();
  }

  #block(): void {
    const x = this.#words;
    let a = this.#a;
    let b = this.#b;
    let c = this.#c;
    let d = this.#d;
    for (let i = 0; i < 16; i += 4) {
      a = (a + (d ^ (b & (c ^ d))) + (sines[i] ?? 0) + (x[i] ?? 0)) | 0;
      a = (b + ((a << 7) | (a >>> 25))) | 0;
      d = (d + (c ^ (a & (b ^ c))) + (sines[i + 1] ?? 0) + (x[i + 1] ?? 0)) | 0;
      d = (a + ((d << 12) | (d >>> 20))) | 0;
      c = (c + (b ^ (d & (a ^ b))) + (sines[i + 2] ?? 0) + (x[i + 2] ?? 0)) | 0;
      c = (d + ((c << 17) | (c >>> 15))) | 0;
      b = (b + (a ^ (c & (d ^ a))) + (sines[i + 3] ?? 0) + (x[i + 3] ?? 0)) | 0;
      b = (c + ((b << 22) | (b >>> 10))) | 0;
    }
    for (let i = 16; i < 32; i += 4) {
      a = (a + (c ^ (d & (b ^ c))) + (sines[i] ?? 0) + (x[(5 * i + 1) & 15] ?? 0)) | 0;
      a = (b + ((a << 5) | (a >>> 27))) | 0;
      d = (d + (b ^ (c & (a ^ b))) + (sines[i + 1] ?? 0) + (x[(5 * (i + 1) + 1) & 15] ?? 0)) | 0;
      d = (a + ((d << 9) | (d >>> 23))) | 0;
      c = (c + (a ^ (b & (d ^ a))) + (sines[i + 2] ?? 0) + (x[(5 * (i + 2) + 1) & 15] ?? 0)) | 0;
      c = (d + ((c << 14) | (c >>> 18))) | 0;
      b = (b + (d ^ (a & (c ^ d))) + (sines[i + 3] ?? 0) + (x[(5 * (i + 3) + 1) & 15] ?? 0)) | 0;
      b = (c + ((b << 20) | (b >>> 12))) | 0;
    }
    for (let i = 32; i < 48; i += 4) {
      a = (a + (b ^ c ^ d) + (sines[i] ?? 0) + (x[(3 * i + 5) & 15] ?? 0)) | 0;
      a = (b + ((a << 4) | (a >>> 28))) | 0;
      d = (d + (a ^ b ^ c) + (sines[i + 1] ?? 0) + (x[(3 * (i + 1) + 5) & 15] ?? 0)) | 0;
      d = (a + ((d << 11) | (d >>> 21))) | 0;
      c = (c + (d ^ a ^ b) + (sines[i + 2] ?? 0) + (x[(3 * (i + 2) + 5) & 15] ?? 0)) | 0;
      c = (d + ((c << 16) | (c >>> 16))) | 0;
      b = (b + (c ^ d ^ a) + (sines[i + 3] ?? 0) + (x[(3 * (i + 3) + 5) & 15] ?? 0)) | 0;
      b = (c + ((b << 23) | (b >>> 9))) | 0;
    }
    for (let i = 48; i < 64; i += 4) {
      a = (a + (c ^ (b | ~d)) + (sines[i] ?? 0) + (x[(7 * i) & 15] ?? 0)) | 0;
      a = (b + ((a << 6) | (a >>> 26))) | 0;
      d = (d + (b ^ (a | ~c)) + (sines[i + 1] ?? 0) + (x[(7 * (i + 1)) & 15] ?? 0)) | 0;
      d = (a + ((d << 10) | (d >>> 22))) | 0;
      c = (c + (a ^ (d | ~b)) + (sines[i + 2] ?? 0) + (x[(7 * (i + 2)) & 15] ?? 0)) | 0;
      c = (d + ((c << 15) | (c >>> 17))) | 0;
      b = (b + (d ^ (c | ~a)) + (sines[i + 3] ?? 0) + (x[(7 * (i + 3)) & 15] ?? 0)) | 0;
      b = (c + ((b << 21) | (b >>> 11))) | 0;
    }
    this.#a = (this.#a + a) | 0;
    this.#b = (this.#b + b) | 0;
    this.#c = (this.#c + c) | 0;
    this.#d = (this.#d + d) | 0;
  }
}

const wordAt = (bytes: Uint8Array, at: number) =>
  (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);

const swap = (word: number) => (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);

const sines = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32));
