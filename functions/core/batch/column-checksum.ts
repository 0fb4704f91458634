import type { ExportColumn } from './export-column.ts';
import { ValueFingerprint } from './value-fingerprint.ts';

/** What a column adds up to, whatever the order of the rows; integers as decimal texts. */
export interface ColumnSums {
  readonly column: string;
  /** How many values are not NULL; of a repeated column, how many elements there are. */
  readonly values: number;
  /** The sum of all values' integers; absent where the type has none. */
  readonly sum?: string;
  /** The exclusive or of all values' integers, as a signed number of 64 bits. */
  readonly xor?: string;
}

/** Adds up a column's values while they are written. Every method takes one value, as docs/batch-types.md defines it. */
export class ColumnChecksum {
  readonly #fingerprint = new ValueFingerprint();
  #values = 0;
  #xorHigh = 0;
  #xorLow = 0;
  // Two sums of halves, folded before they outgrow a double.
  #sumHigh = 0;
  #sumLow = 0;
  #pending = 0;
  #sum = 0n;

  /** A value whose integer is itself, in two halves. */
  integer(high: number, low: number): void {
    this.#values += 1;
    this.#xorHigh ^= high;
    this.#xorLow ^= low;
    this.#sumHigh += high;
    this.#sumLow += low >>> 0;
    this.#pending += 1;
    if (this.#pending === maxPending) this.#fold();
  }

  /** The whole part, exclusive or the first 52 bits behind the point; zero for what is no number below 2^63. */
  double(value: number): void {
    if (!(Math.abs(value) < 2 ** 63)) {
      this.integer(0, 0);
      return;
    }
    const whole = Math.trunc(value);
    const fraction = Math.trunc((value - whole) * 2 ** 52);
    this.integer(
      Math.floor(whole / 2 ** 32) ^ Math.floor(fraction / 2 ** 32),
      ((whole % 2 ** 32) | 0) ^ ((fraction % 2 ** 32) | 0),
    );
  }

  /** The first 60 bits of the MD5 of the value's bytes. */
  bytes(source: Uint8Array, start: number, end: number): void {
    this.#fingerprint.of(source, start, end);
    this.integer(this.#fingerprint.high, this.#fingerprint.low);
  }

  /** A value that is only counted. */
  counted(): void {
    this.#values += 1;
  }

  sums(column: ExportColumn): ColumnSums {
    this.#fold();
    const values = { column: column.name, values: this.#values };
    if (integerSql(column, '') === undefined) return values;
    const xor = BigInt.asIntN(64, (BigInt(this.#xorHigh) << 32n) | BigInt(this.#xorLow >>> 0));
    return { ...values, sum: String(this.#sum), xor: String(xor) };
  }

  #fold(): void {
    this.#sum += (BigInt(this.#sumHigh) << 32n) + BigInt(this.#sumLow);
    this.#sumHigh = 0;
    this.#sumLow = 0;
    this.#pending = 0;
  }
}

const maxPending = 2 ** 20;

/** Decimals with more digits are hashed by their text; those with fewer are integers of 64 bits without the point. */
export const maxIntegerDigits = 18;

/**
 * A query of GoogleSQL that computes the same over a table: columns `rows`, and per column i `values_<i>`, and where the
 * type has them `sum_<i>` and `xor_<i>`, as texts.
 */
export function checksumQuery(table: string, columns: readonly ExportColumn[]): string {
  const expressions = columns.flatMap((column, i) => {
    const name = `\`${column.name}\``;
    const integer = integerSql(column, column.repeated === true ? 'value' : name);
    const over = (aggregate: string) =>
      column.repeated === true ? `(SELECT ${aggregate} FROM UNNEST(${name}) AS value)` : aggregate;
    const values = column.repeated === true ? `IFNULL(SUM(ARRAY_LENGTH(${name})), 0)` : `COUNT(${name})`;
    if (integer === undefined) return [`${values} AS values_${i}`];
    const sum = `SUM(CAST(${integer} AS NUMERIC))`;
    const xor = `BIT_XOR(${integer})`;
    // As texts: clients in JavaScript round integers beyond 2^53.
    return [
      `${values} AS values_${i}`,
      `IFNULL(CAST(${column.repeated === true ? `SUM(${over(sum)})` : sum} AS STRING), '0') AS sum_${i}`,
      `IFNULL(CAST(${column.repeated === true ? `BIT_XOR(${over(xor)})` : xor} AS STRING), '0') AS xor_${i}`,
    ];
  });
  return `SELECT COUNT(*) AS \`rows\`, ${expressions.join(', ')} FROM ${table}`;
}

/** The integer of a value in GoogleSQL; undefined for types whose values BigQuery changes or cannot take apart. */
function integerSql(column: ExportColumn, value: string): string | undefined {
  switch (column.type) {
    case 'INTEGER':
      return value;
    case 'BOOLEAN':
      return `IF(${value}, 1, 0)`;
    case 'DATE':
      return `UNIX_DATE(${value})`;
    case 'TIME':
      return `TIME_DIFF(${value}, TIME '00:00:00', MICROSECOND)`;
    case 'DATETIME':
      return `UNIX_MICROS(TIMESTAMP(${value}))`;
    case 'TIMESTAMP':
      return `UNIX_MICROS(${value})`;
    case 'FLOAT':
      return (
        `IF(ABS(${value}) < 9223372036854775808.0, CAST(TRUNC(${value}) AS INT64) ^ ` +
        `CAST(TRUNC((${value} - TRUNC(${value})) * 4503599627370496.0) AS INT64), IF(${value} IS NULL, NULL, 0))`
      );
    case 'NUMERIC':
      return (column.precision ?? 38) <= maxIntegerDigits
        ? `CAST(${value} * ${10 ** (column.scale ?? 0)} AS INT64)`
        : md5Sql(`CAST(${value} AS STRING)`);
    case 'STRING':
    case 'BYTES':
      return md5Sql(value);
    default:
      return undefined;
  }
}

const md5Sql = (value: string) => `CAST(CONCAT('0x', SUBSTR(TO_HEX(MD5(${value})), 1, 15)) AS INT64)`;
