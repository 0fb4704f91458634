/**
 * The two decimal types. A value is an integer here: itself without its point, times 10 to the type's scale.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#decimal_types
 */
export const decimals = {
  NUMERIC: { scale: 9, whole: 29, least: 1n - 10n ** 38n, greatest: 10n ** 38n - 1n },
  BIGNUMERIC: { scale: 38, whole: 38, least: -(2n ** 255n), greatest: 2n ** 255n - 1n },
} as const;

export type DecimalType = keyof typeof decimals;

export const isDecimal = (type: string): type is DecimalType => Object.hasOwn(decimals, type);

/** The digits that a column or a CAST allows, of the type's own: `precision` in all, `scale` of them after the point. */
export interface Digits {
  readonly precision: number;
  readonly scale: number;
}

/**
 * What is wrong with these digits; undefined when the type has them.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#parameterized_decimal_type
 */
export function digitsProblem(type: DecimalType, { precision, scale }: Digits): string | undefined {
  const { scale: most, whole } = decimals[type];
  if (!Number.isInteger(scale) || scale < 0 || scale > most) return `${type} scale must be between 0 and ${most}`;
  const [from, to] = [Math.max(scale, 1), scale + whole];
  return Number.isInteger(precision) && precision >= from && precision <= to
    ? undefined
    : `${type} precision with scale ${scale} must be between ${from} and ${to}`;
}

/** The value itself when the type holds it. */
export const checkDecimal = (type: DecimalType, scaled: bigint): bigint | undefined =>
  scaled >= decimals[type].least && scaled <= decimals[type].greatest ? scaled : undefined;

/** Reads a decimal literal such as `-1.5` or `2e3`; undefined when it is none or does not fit exactly. */
export function parseDecimal(type: DecimalType, text: string): bigint | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole + fraction === '') return undefined;
  const digits = BigInt(whole + fraction);
  const scale = fraction.length - Number(exponent);
  if (scale < -1000 || scale > 1000) return digits === 0n ? 0n : undefined;
  return rescaled(type, sign === '-' ? -digits : digits, scale);
}

/** The type's integer of one with another number of digits after the point; undefined when it does not fit exactly. */
export function rescaled(type: DecimalType, unscaled: bigint, scale: number): bigint | undefined {
  const shift = decimals[type].scale - scale;
  const factor = 10n ** BigInt(Math.abs(shift));
  if (shift >= 0) return checkDecimal(type, unscaled * factor);
  return unscaled % factor === 0n ? checkDecimal(type, unscaled / factor) : undefined;
}

/** The value with that many digits, halves rounded away from zero; undefined when it has too many before the point. */
export function fitDigits(type: DecimalType, { precision, scale }: Digits, scaled: bigint): bigint | undefined {
  const unit = 10n ** BigInt(decimals[type].scale - scale);
  const half = scaled < 0n ? -unit / 2n : unit / 2n;
  const rounded = (scaled + half) / unit;
  const limit = 10n ** BigInt(precision);
  return rounded < limit && rounded > -limit ? rounded * unit : undefined;
}

/** Without trailing zeros, as BigQuery prints it. `scale` is the number of digits after the point. */
export function printDecimal(scaled: bigint, scale: number): string {
  const negative = scaled < 0n;
  const digits = (negative ? -scaled : scaled).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}
