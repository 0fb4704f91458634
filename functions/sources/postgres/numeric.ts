import type { ColumnWriter } from '../../core/batch/column-writer.ts';

/**
 * A numeric as PostgreSQL sends it: four numbers of 16 bits (how many digits, the weight of the first, the sign, the
 * scale that it is shown with), then digits of base 10,000. See `numeric_send` in PostgreSQL's numeric.c.
 */
const negative = 0x4000;
const nan = 0xc000;
/** And beyond it, the infinities. */
const special = 0xc000;

/** How many digits of base 10,000 a double takes exactly. */
const exactDigits = 3;
const maxExact = Number.MAX_SAFE_INTEGER;

export type DecimalWriter = Pick<ColumnWriter, 'lost' | 'decimal' | 'bigDecimal'> & {
  readonly column: Pick<ColumnWriter['column'], 'precision' | 'scale'>;
};

export function numericWriter(writer: DecimalWriter): (bytes: Buffer, start: number) => void {
  const { scale = 9, precision = 38 } = writer.column;
  const limit = Math.min(10 ** precision, maxExact);
  return (bytes, start) => {
    const digits = short(bytes, start);
    const weight = (short(bytes, start + 2) << 16) >> 16;
    const sign = short(bytes, start + 4);
    if (sign >= special) {
      writer.lost(sign === nan ? 'nan' : 'infinity');
      return;
    }
    // The integer of all digits stands for a value with so many decimal digits behind its point.
    const behind = 4 * (digits - weight - 1);
    if (digits <= exactDigits) {
      let value = 0;
      for (let i = 0; i < digits; i += 1) value = value * 10_000 + short(bytes, start + 8 + 2 * i);
      const factor = powers[Math.abs(scale - behind)] ?? 0;
      const unscaled = behind > scale ? value / factor : value * factor;
      if (factor !== 0 && unscaled < limit) {
        if (!Number.isInteger(unscaled)) {
          writer.lost('digits');
          return;
        }
        writer.decimal(sign === negative ? 0 - unscaled : unscaled);
        return;
      }
    }
    let value = 0n;
    for (let i = 0; i < digits; i += 1) value = value * 10_000n + BigInt(short(bytes, start + 8 + 2 * i));
    if (behind > scale) {
      const factor = 10n ** BigInt(behind - scale);
      if (value % factor !== 0n) {
        writer.lost('digits');
        return;
      }
      value /= factor;
    } else value *= 10n ** BigInt(scale - behind);
    writer.bigDecimal(sign === negative ? -value : value);
  };
}

const short = (bytes: Buffer, at: number) => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

const powers = Array.from({ length: 16 }, (_, power) => 10 ** power);
