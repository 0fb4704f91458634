const quote = 0x22;
const backslash = 0x5c;
const minus = 0x2d;
/** Characters of a number that every double has exactly, when no exponent is among them. */
const exactCharacters = 15;

/**
 * Whether a JSON text has a number that BigQuery's JSON does not hold as it is: it keeps whole numbers as INT64 or UINT64,
 * and all others as FLOAT64. https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#json_type
 */
export function hasWideNumber(source: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const byte = source[at] ?? 0;
    if (byte === quote) at = stringEnd(source, at + 1, end);
    else if (byte === minus || isDigit(byte)) {
      const first = at;
      let exponent = false;
      for (at += 1; at < end && isOfNumber(source[at] ?? 0); at += 1) exponent ||= ((source[at] ?? 0) | 0x20) === 0x65;
      if (
        (exponent || at - first > exactCharacters) &&
        isWide(Buffer.from(source.subarray(first, at)).toString('latin1'))
      )
        return true;
    } else at += 1;
  }
  return false;
}

function stringEnd(source: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && source[at] !== quote) at += source[at] === backslash ? 2 : 1;
  return at + 1;
}

const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;
/** Digits, sign, point and exponent. */
const isOfNumber = (byte: number) =>
  isDigit(byte) || byte === minus || byte === 0x2b || byte === 0x2e || (byte | 0x20) === 0x65;

function isWide(number: string): boolean {
  if (/^-?\d+$/.test(number)) {
    const value = BigInt(number);
    if (BigInt.asIntN(64, value) === value || BigInt.asUintN(64, value) === value) return false;
  }
  return decimalKey(number) !== decimalKey(String(Number(number)));
}

/** The same text for the same value: its digits without zeros around them, and the power of ten that they count. */
function decimalKey(number: string): string {
  const found = /^(-?)0*(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(number);
  if (found === null) return number;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = found;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  const power = Number(exponent) - fraction.length + digits.length - significant.length;
  return significant === '' ? '0' : `${sign}${significant}e${power}`;
}
