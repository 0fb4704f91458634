import { Md5Prefix } from './md5-prefix.ts';

/** Longest value that is remembered, and how many are. */
const maxLength = 32;
const slots = 128;
/** After so many values it is decided whether remembering pays. */
const trial = 4096;

/**
 * The fingerprint of a column's values (see `Md5Prefix`), remembering those of short values: a code or a status comes
 * again and again, and comparing it costs a fifth of hashing it. A column whose values seldom repeat stops remembering.
 */
export class ValueFingerprint {
  high = 0;
  low = 0;
  readonly #values = new Uint8Array(slots * maxLength);
  readonly #lengths = new Int8Array(slots).fill(-1);
  readonly #highs = new Int32Array(slots);
  readonly #lows = new Int32Array(slots);
  #seen = 0;
  #found = 0;
  #pays = true;

  of(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length <= maxLength && this.#pays) this.#remembered(bytes, start, length);
    else this.#computed(bytes, start, end);
  }

  #remembered(bytes: Uint8Array, start: number, length: number): void {
    this.#seen += 1;
    const last = bytes[start + length - 1] ?? 0;
    const slot =
      (length * 31 + (bytes[start] ?? 0) * 7 + (bytes[start + (length >> 1)] ?? 0) * 13 + last) & (slots - 1);
    const values = this.#values;
    const at = slot * maxLength;
    if (this.#lengths[slot] === length) {
      let i = 0;
      while (i < length && values[at + i] === bytes[start + i]) i += 1;
      if (i === length) {
        this.#found += 1;
        this.high = this.#highs[slot] ?? 0;
        this.low = this.#lows[slot] ?? 0;
        return;
      }
    }
    if (this.#seen >= trial) this.#pays = this.#found > trial / 2;
    this.#computed(bytes, start, start + length);
    for (let i = 0; i < length; i += 1) values[at + i] = bytes[start + i] ?? 0;
    this.#lengths[slot] = length;
    this.#highs[slot] = this.high;
    this.#lows[slot] = this.low;
  }

  #computed(bytes: Uint8Array, start: number, end: number): void {
    md5.of(bytes, start, end);
    this.high = md5.high;
    this.low = md5.low;
  }
}

const md5 = new Md5Prefix();
