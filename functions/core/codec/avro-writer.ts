const initialSize = 64 * 1024;

/**
 * Writes Avro's binary encoding into one buffer that grows as needed.
 * See https://avro.apache.org/docs/1.8.2/spec.html#binary_encoding
 */
export class AvroWriter {
  #buffer = Buffer.allocUnsafeSlow(initialSize);
  #position = 0;
  /** The two halves of a 64-bit integer, without arithmetic on bigints. */
  readonly #long = new BigInt64Array(1);
  readonly #halves = new Int32Array(this.#long.buffer);

  /** Takes what was written since the last call, as a copy. */
  take(): Buffer {
    const bytes = Buffer.from(this.#buffer.subarray(0, this.#position));
    this.#position = 0;
    return bytes;
  }

  /** Forgets what was written since the last `take`. */
  reset(): void {
    this.#position = 0;
  }

  boolean(value: boolean): void {
    this.#reserve(1);
    this.#byte(value ? 1 : 0);
  }

  /** An `int`, or a `long` or a count that is one. */
  int(value: number): void {
    this.#reserve(5);
    this.#varint(((value << 1) ^ (value >> 31)) >>> 0);
  }

  long(value: bigint): void {
    this.#reserve(10);
    this.#long[0] = value;
    const low = this.#halves[0] ?? 0;
    const high = this.#halves[1] ?? 0;
    const sign = high >> 31;
    let zigzagLow = ((low << 1) ^ sign) >>> 0;
    let zigzagHigh = (((high << 1) | (low >>> 31)) ^ sign) >>> 0;
    while (zigzagHigh !== 0) {
      this.#byte((zigzagLow & 0x7f) | 0x80);
      zigzagLow = ((zigzagLow >>> 7) | (zigzagHigh << 25)) >>> 0;
      zigzagHigh >>>= 7;
    }
    this.#varint(zigzagLow);
  }

  float(value: number): void {
    this.#reserve(4);
    this.#position = this.#buffer.writeFloatLE(value, this.#position);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#position = this.#buffer.writeDoubleLE(value, this.#position);
  }

  bytes(value: Uint8Array): void {
    this.int(value.length);
    this.#reserve(value.length);
    this.#buffer.set(value, this.#position);
    this.#position += value.length;
  }

  string(value: string): void {
    const length = Buffer.byteLength(value);
    this.int(length);
    this.#reserve(length);
    this.#position += this.#buffer.write(value, this.#position, length);
  }

  #varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.#byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.#byte(rest);
  }

  #byte(value: number): void {
    this.#buffer[this.#position] = value;
    this.#position += 1;
  }

  #reserve(length: number): void {
    const needed = this.#position + length;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#position);
    this.#buffer = larger;
  }
}
