/** The bytes of an Avro block in the making. Integers of 64 bits come as two halves, so that no BigInt is ever made. */
export class AvroBlock {
  bytes: Buffer;
  position = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  byte(value: number): void {
    if (this.position === this.bytes.length) this.#grow(1);
    this.bytes[this.position] = value;
    this.position += 1;
  }

  /** A long between -2^31 and 2^31 - 1. */
  int(value: number): void {
    this.long(value >> 31, value);
  }

  /** A long of two halves, of which only the bits count. */
  long(high: number, low: number): void {
    if (this.bytes.length - this.position < 10) this.#grow(10);
    const { bytes } = this;
    const sign = high >> 31;
    let lowBits = (low << 1) ^ sign;
    let highBits = ((high << 1) | (low >>> 31)) ^ sign;
    let at = this.position;
    while (highBits !== 0 || lowBits >>> 0 > 0x7f) {
      bytes[at] = (lowBits & 0x7f) | 0x80;
      at += 1;
      lowBits = (lowBits >>> 7) | (highBits << 25);
      highBits >>>= 7;
    }
    bytes[at] = lowBits;
    this.position = at + 1;
  }

  /** The eight bytes of a double, which Avro writes in little-endian order. */
  double(high: number, low: number): void {
    if (this.bytes.length - this.position < 8) this.#grow(8);
    const { bytes, position } = this;
    bytes[position] = low;
    bytes[position + 1] = low >>> 8;
    bytes[position + 2] = low >>> 16;
    bytes[position + 3] = low >>> 24;
    bytes[position + 4] = high;
    bytes[position + 5] = high >>> 8;
    bytes[position + 6] = high >>> 16;
    bytes[position + 7] = high >>> 24;
    this.position = position + 8;
  }

  /** Avro's bytes or string: the length, then the bytes. */
  sized(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    this.int(length);
    if (this.bytes.length - this.position < length) this.#grow(length);
    const { bytes } = this;
    const at = this.position;
    // A call into native code costs more than copying a few bytes.
    if (length < 48) for (let i = 0; i < length; i += 1) bytes[at + i] = source[start + i] ?? 0;
    else bytes.set(source.subarray(start, end), at);
    this.position = at + length;
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.position + needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.position);
    this.bytes = larger;
  }
}
