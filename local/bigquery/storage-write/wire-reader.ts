/** The payload of a row is not well-formed protobuf. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

export const wireType = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

/** Reads protobuf's wire format: https://protobuf.dev/programming-guides/encoding */
export class WireReader {
  readonly #bytes: Buffer;
  #position: number;
  readonly #end: number;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  get atEnd(): boolean {
    return this.#position >= this.#end;
  }

  /** An unsigned 64-bit integer. */
  varint(): bigint {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new WireError('a varint is longer than ten bytes');
  }

  /** A field's number and wire type, in one number as on the wire. */
  tag(): number {
    const tag = this.varint();
    if (tag < 8n || tag > 0xffff_ffffn) throw new WireError('a field number is out of range');
    return Number(tag);
  }

  fixed32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  fixed64(): bigint {
    return this.#bytes.readBigUInt64LE(this.#take(8));
  }

  float(): number {
    return this.#bytes.readFloatLE(this.#take(4));
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  /** A length-delimited field's content; it shares memory with the input. */
  bytes(): Buffer {
    const length = Number(this.varint());
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** A reader of a length-delimited field's content. */
  delimited(): WireReader {
    const length = Number(this.varint());
    const start = this.#take(length);
    return new WireReader(this.#bytes, start, start + length);
  }

  skip(tag: number): void {
    switch (tag & 7) {
      case wireType.varint:
        this.varint();
        return;
      case wireType.fixed64:
        this.#take(8);
        return;
      case wireType.bytes:
        this.#take(Number(this.varint()));
        return;
      case wireType.startGroup:
        this.#skipGroup(tag);
        return;
      case wireType.fixed32:
        this.#take(4);
        return;
      default:
        throw new WireError(`wire type ${tag & 7} is not valid here`);
    }
  }

  #skipGroup(start: number): void {
    for (let tag = this.tag(); tag !== start + 1; tag = this.tag()) this.skip(tag);
  }

  #byte(): number {
    const byte = this.#position < this.#end ? this.#bytes[this.#position] : undefined;
    if (byte === undefined) throw new WireError('the message ends inside a field');
    this.#position += 1;
    return byte;
  }

  #take(length: number): number {
    const start = this.#position;
    if (length > this.#end - start) throw new WireError('the message ends inside a field');
    this.#position = start + length;
    return start;
  }
}
