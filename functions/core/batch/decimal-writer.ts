import type { AvroBlock } from './avro-block.ts';

/** Writes Avro's decimal from an integer below 2^53: two's complement, big-endian, as short as it can be. */
export function writeSmallDecimal(block: AvroBlock, unscaled: number): void {
  const high = Math.floor(unscaled / 2 ** 32);
  const low = unscaled | 0;
  // A number below 2^53 has at most seven bytes; the topmost bit of the first says the sign.
  let length = 1;
  while (length < 7 && !fits(unscaled, length)) length += 1;
  block.byte(length << 1);
  for (let shift = (length - 1) * 8; shift >= 32; shift -= 8) block.byte((high >> (shift - 32)) & 0xff);
  for (let shift = Math.min(length - 1, 3) * 8; shift >= 0; shift -= 8) block.byte((low >>> shift) & 0xff);
}

/** The same of any size. */
export function writeBigDecimal(block: AvroBlock, unscaled: bigint): void {
  let bits = 8;
  while (BigInt.asIntN(bits, unscaled) !== unscaled) bits += 8;
  const bytes = Buffer.from(
    BigInt.asUintN(bits, unscaled)
      .toString(16)
      .padStart(bits / 4, '0'),
    'hex',
  );
  block.sized(bytes, 0, bytes.length);
}

/** Whether a number fits into so many bytes with its sign. */
function fits(value: number, bytes: number): boolean {
  const half = halves[bytes] ?? 0;
  return value >= -half && value < half;
}

const halves = Array.from({ length: 8 }, (_, bytes) => 2 ** (8 * bytes - 1));

/** As BigQuery casts a NUMERIC to a text: without needless zeros. */
export function decimalText(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  const whole = digits.slice(0, digits.length - scale);
  return `${unscaled < 0n ? '-' : ''}${whole}${scale === 0 || fraction === '' ? '' : `.${fraction}`}`;
}
