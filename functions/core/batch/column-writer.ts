import { isUtf8 } from 'node:buffer';
import type { AvroBlock } from './avro-block.ts';
import { ColumnChecksum, maxIntegerDigits } from './column-checksum.ts';
import type { ColumnPolicy } from './config.ts';
import { decimalText, writeBigDecimal, writeSmallDecimal } from './decimal-writer.ts';
import type { ExportColumn } from './export-column.ts';
import { hasWideNumber } from './json-numbers.ts';
import { ColumnLosses, type Loss } from './loss-ledger.ts';

/** What a column adds up to, over all writers of it. */
export interface ColumnTally {
  readonly checksum: ColumnChecksum;
  readonly losses: ColumnLosses;
}

export const columnTally = (column: ExportColumn, policy: Partial<ColumnPolicy>): ColumnTally => ({
  checksum: new ColumnChecksum(),
  losses: new ColumnLosses(column.name, policy),
});

/**
 * Writes one column's values into the block, adding up its checksum and its losses. One call per value (per element,
 * of a repeated column): the branch of the union with null is written along. A repeated column begins each row with
 * nothing and ends it with `endArray`: each element is an Avro block of its own, so that the number of elements need
 * not be known before.
 */
export class ColumnWriter {
  readonly column: ExportColumn;
  readonly checksum: ColumnChecksum;
  readonly losses: ColumnLosses;
  readonly block: AvroBlock;
  readonly #repeated: boolean;
  /** Whether times are masked: written as the beginning of their day. */
  readonly #day: boolean;
  readonly #integerDecimal: boolean;
  /** The least number with too many digits. */
  readonly #limit: bigint;

  constructor(column: ExportColumn, block: AvroBlock, { checksum, losses }: ColumnTally) {
    this.column = column;
    this.block = block;
    this.checksum = checksum;
    this.losses = losses;
    this.#repeated = column.repeated === true;
    this.#day = column.masked !== undefined && (column.type === 'TIMESTAMP' || column.type === 'DATETIME');
    const { precision = 38 } = column;
    this.#integerDecimal = precision <= maxIntegerDigits;
    this.#limit = 10n ** BigInt(precision);
  }

  /** NULL in the place of the column's value: an array that is NULL is an empty one. */
  absent(): void {
    if (this.#repeated) this.losses.take('null-array');
    this.block.byte(0);
  }

  /** NULL among the elements of a repeated column. */
  nullElement(): void {
    this.losses.take('null-element');
  }

  endArray(): void {
    this.block.byte(0);
  }

  /** INTEGER, DATE, TIME, DATETIME and TIMESTAMP: in two halves of 32 bits. */
  long(high: number, low: number): void {
    if (this.#day) {
      this.#dayOf(high, low);
      return;
    }
    this.checksum.integer(high, low);
    this.block.byte(present);
    this.block.long(high, low);
  }

  boolean(value: boolean): void {
    this.checksum.integer(0, value ? 1 : 0);
    this.block.byte(present);
    this.block.byte(value ? 1 : 0);
  }

  double(value: number): void {
    float[0] = value;
    this.checksum.double(value);
    this.block.byte(present);
    this.block.double(floatBits[1] ?? 0, floatBits[0] ?? 0);
  }

  /** NUMERIC: an integer of at most 53 bits, with `column.scale` digits behind its point. */
  decimal(unscaled: number): void {
    if (this.#integerDecimal) this.checksum.integer(Math.floor(unscaled / 2 ** 32), unscaled | 0);
    else this.#hashDecimal(BigInt(unscaled));
    this.block.byte(present);
    writeSmallDecimal(this.block, unscaled);
  }

  /** NUMERIC of any size that its precision allows. */
  bigDecimal(unscaled: bigint): void {
    if (unscaled >= this.#limit || unscaled <= -this.#limit) {
      this.lost('out-of-range');
      return;
    }
    if (this.#integerDecimal) this.checksum.integer(Number(unscaled >> 32n), Number(BigInt.asIntN(32, unscaled)));
    else this.#hashDecimal(unscaled);
    this.block.byte(present);
    writeBigDecimal(this.block, unscaled);
  }

  /** BYTES, texts that are known to be UTF-8, and JSON: written as they are. */
  bytes(source: Uint8Array, start: number, end: number): void {
    if (this.column.type === 'JSON') {
      if (hasWideNumber(source, start, end) && this.losses.take('json-number') === 'null') {
        this.#nothing();
        return;
      }
      this.checksum.counted();
    } else this.checksum.bytes(source, start, end);
    this.block.byte(present);
    this.block.sized(source, start, end);
  }

  /** STRING and JSON from bytes that may not be UTF-8. */
  text(source: Uint8Array, start: number, end: number): void {
    let bits = 0;
    for (let at = start; at < end; at += 1) bits |= source[at] ?? 0;
    if (bits < 0x80 || isUtf8(source.subarray(start, end))) {
      this.bytes(source, start, end);
      return;
    }
    if (this.losses.take('invalid-utf8') === 'null') {
      this.#nothing();
      return;
    }
    const mended = Buffer.from(Buffer.from(source.buffer, source.byteOffset + start, end - start).toString());
    this.bytes(mended, 0, mended.length);
  }

  string(value: string): void {
    const bytes = Buffer.from(value);
    this.bytes(bytes, 0, bytes.length);
  }

  /** RECORD: its fields' writers follow, in their order. */
  record(): void {
    this.checksum.counted();
    this.block.byte(present);
  }

  /** Instead of a value that the column cannot hold: writes NULL (or no element), or throws as the policy says. */
  lost(loss: Loss): void {
    this.losses.take(loss);
    this.#nothing();
  }

  #dayOf(high: number, low: number): void {
    const value = (BigInt(high) << 32n) | BigInt(low >>> 0);
    const day = value - (((value % microsPerDay) + microsPerDay) % microsPerDay);
    const top = Number(day >> 32n);
    const bottom = Number(BigInt.asIntN(32, day));
    this.checksum.integer(top, bottom);
    this.block.byte(present);
    this.block.long(top, bottom);
  }

  #nothing(): void {
    if (!this.#repeated) this.block.byte(0);
  }

  #hashDecimal(unscaled: bigint): void {
    const text = Buffer.from(decimalText(unscaled, this.column.scale ?? 9), 'latin1');
    this.checksum.bytes(text, 0, text.length);
  }
}

/** The second branch of a union with null; and just so a block of one element of an array. */
const present = 2;
const microsPerDay = 86_400_000_000n;
const float = new Float64Array(1);
const floatBits = new Int32Array(float.buffer);
