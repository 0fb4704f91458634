/** NUMERIC: 38 digits, 9 of them after the point. https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#decimal_types */
export const numericPrecision = 38;
export const numericScale = 9;

const limit = 10n ** BigInt(numericPrecision);

/** The value times 10^9 of a decimal literal such as `-1.5` or `2e3`; undefined when it is none or does not fit exactly. */
export function parseNumeric(text: string): bigint | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole + fraction === '') return undefined;
  const scale = numericScale - fraction.length + Number(exponent);
  const digits = BigInt(whole + fraction);
  if (scale < -1000 || scale > 1000) return digits === 0n ? 0n : undefined;
  const divisor = scale < 0 ? 10n ** BigInt(-scale) : 1n;
  if (digits % divisor !== 0n) return undefined;
  const scaled = scale < 0 ? digits / divisor : digits * 10n ** BigInt(scale);
  return checkNumeric(sign === '-' ? -scaled : scaled);
}

/** The value itself when it fits a NUMERIC. */
export const checkNumeric = (scaled: bigint): bigint | undefined =>
  scaled < limit && scaled > -limit ? scaled : undefined;

/** Without trailing zeros, as BigQuery prints it. `scale` is the number of digits after the point. */
export function printNumeric(scaled: bigint, scale: number): string {
  const negative = scaled < 0n;
  const digits = (negative ? -scaled : scaled).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}
