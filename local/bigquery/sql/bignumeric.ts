import { decimals } from '../values/decimal.ts';
import { bindAlways, fieldSql, stringSql } from './expression.ts';

/**
 * BIGNUMERIC in DuckDB's SQL: a BIGNUM, its integer of any size, holds the value times 10^38. DuckDB compares, adds and
 * subtracts these exactly; what it cannot do to them (it would multiply doubles) is done to their digits as text.
 */
const { scale, least, greatest } = decimals.BIGNUMERIC;

/** A constant, times 10^38. */
export const bignumericSql = (scaled: bigint) => `CAST('${scaled}' AS BIGNUM)`;

const zeros = (count: number) => `'${'0'.repeat(count)}'`;
const outOfRange = (value: string) => `${value} NOT BETWEEN ${bignumericSql(least)} AND ${bignumericSql(greatest)}`;

/** The value where it is in the type's range, else `fail`. */
export const inRange = (value: string, fail: string) =>
  bindAlways([value], ([x = '']) => `(CASE WHEN ${outOfRange(x)} THEN ${fail} ELSE ${x} END)`);

/** Gives `body` the sign, an empty text or a minus, and the digits of a BIGNUM. */
const withDigits = (value: string, body: (sign: string, digits: string) => string) =>
  bindAlways([`CAST(${value} AS VARCHAR)`], ([text = '']) =>
    body(`(CASE WHEN starts_with(${text}, '-') THEN '-' ELSE '' END)`, `ltrim(${text}, '-')`),
  );

/** The text of the value: without a point when it is whole, and without needless zeros. */
export const bignumericText = (value: string) =>
  withDigits(value, (sign, digits) => {
    const padded = `(repeat('0', ${scale + 1} - length(${digits})) || ${digits})`;
    return `(${sign} || regexp_replace(left(${padded}, -${scale}) || '.' || right(${padded}, ${scale}), '\\.?0+$', ''))`;
  });

type Halves = 'away' | 'cut';

/** A text of digits without its last `count`, halves rounded away from zero or cut off, as a BIGNUM. */
function shortened(digits: string, count: string, halves: Halves): string {
  const kept = `CAST('0' || left(${digits}, greatest(length(${digits}) - ${count}, 0)) AS BIGNUM)`;
  if (halves === 'cut') return kept;
  const isHalf = `length(${digits}) >= ${count} AND substring(${digits}, length(${digits}) - ${count} + 1, 1) >= '5'`;
  return `(${kept} + CAST(CASE WHEN ${isHalf} THEN '1' ELSE '0' END AS BIGNUM))`;
}

/** The value divided by 10^count. */
export const dividedBy10 = (value: string, count: number, halves: Halves = 'away') =>
  count === 0 ? value : withDigits(value, (sign, digits) => signed(sign, shortened(digits, String(count), halves)));

const signed = (sign: string, magnitude: string) =>
  `(CASE WHEN ${sign} = '-' THEN -${magnitude} ELSE ${magnitude} END)`;

/** The value times 10^count. */
export const times10 = (value: string, count: number) => `CAST(CAST(${value} AS VARCHAR) || ${zeros(count)} AS BIGNUM)`;

/** With that many digits after the point. */
export const roundedTo = (value: string, places: number, halves: Halves) =>
  times10(dividedBy10(value, scale - places, halves), scale - places);

/** Nine digits each, so that products of two, and sums of these, are HUGEINTs; the last ones first. */
const limbDigits = 9;
const limbs = 9;

/** The product of two values, digits after the 38th rounded: DuckDB has none of BIGNUMs. */
export function product(left: string, right: string): string {
  const limbsOf = (text: string) =>
    `list_transform(range(${limbs}), lambda "$i": CAST(substring(lpad(ltrim(${text}, '-'), ${limbs * limbDigits}, '0'), ` +
    `${(limbs - 1) * limbDigits + 1} - ${limbDigits} * "$i", ${limbDigits}) AS HUGEINT))`;
  const column = (a: string, b: string) =>
    `list_sum(list_transform(range(greatest("$k" - ${limbs - 1}, 0), least("$k", ${limbs - 1}) + 1), ` +
    `lambda "$i": ${a}["$i" + 1] * ${b}["$k" - "$i" + 1]))`;
  const digits = (a: string, b: string) =>
    `CAST(list_sum(list_transform(range(${2 * limbs - 1}), lambda "$k": ` +
    `CAST(CAST(${column(a, b)} AS VARCHAR) || repeat('0', ${limbDigits} * "$k") AS BIGNUM))) AS VARCHAR)`;
  return bindAlways([`CAST(${left} AS VARCHAR)`, `CAST(${right} AS VARCHAR)`], ([x = '', y = '']) => {
    const sign = `(CASE WHEN starts_with(${x}, '-') <> starts_with(${y}, '-') THEN '-' ELSE '' END)`;
    return bindAlways([sign, limbsOf(x), limbsOf(y)], ([s = '', a = '', b = '']) =>
      bindAlways([s, digits(a, b)], ([negative = '', all = '']) =>
        signed(negative, shortened(all, String(scale), 'away')),
      ),
    );
  });
}

export const bignumericOfInteger = (value: string) => times10(value, scale);

export const bignumericOfNumeric = (value: string) =>
  `CAST(replace(CAST(${value} AS VARCHAR), '.', '') || ${zeros(scale - decimals.NUMERIC.scale)} AS BIGNUM)`;

/** The parts of a number's text; an exponent beyond this is as good as infinite. */
const parts = String.raw`^\s*([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?\s*$`;
const farthest = 100_000;

/** Of a text that is a number, digits after the 38th rounded. `fail` makes what stands for one beyond the range. */
export function bignumericOfText(text: string, fail: (text: string) => string): string {
  const scaled = (of: string) =>
    bindAlways([`regexp_extract(${of}, ${stringSql(parts)}, ['s', 'w', 'f', 'e'])`], ([x = '']) => {
      const exponent = `CAST(coalesce(nullif(${fieldSql(x, 'e')}, ''), '0') AS DOUBLE)`;
      const places = `(${scale} - length(${fieldSql(x, 'f')}) + CAST(least(greatest(${exponent}, -${farthest}), ${farthest}) AS BIGINT))`;
      return bindAlways(
        [fieldSql(x, 's'), `${fieldSql(x, 'w')} || ${fieldSql(x, 'f')}`, places],
        ([sign = '', digits = '', shift = '']) => {
          const longer = `CAST('0' || ${digits} || repeat('0', ${shift}) AS BIGNUM)`;
          const shorter = shortened(digits, `(-${shift})`, 'away');
          return signed(sign, `(CASE WHEN ${shift} >= 0 THEN ${longer} ELSE ${shorter} END)`);
        },
      );
    });
  return bindAlways([text], ([of = '']) =>
    bindAlways([of, scaled(of)], ([t = '', x = '']) => `(CASE WHEN ${outOfRange(x)} THEN ${fail(t)} ELSE ${x} END)`),
  );
}

/** Of all digits that a double has: its last is at most the 1074th after the point. */
export const bignumericOfFloat = (value: string, fail: (text: string) => string) =>
  bindAlways(
    [value],
    ([x = '']) =>
      `(CASE WHEN ${x} IS NULL THEN NULL WHEN isnan(${x}) OR abs(${x}) > 6e38 THEN ${fail(`CAST(${x} AS VARCHAR)`)} ` +
      `ELSE ${bignumericOfText(`printf('%.1074f', ${x})`, fail)} END)`,
  );
