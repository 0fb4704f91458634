import { OnrampError } from '../errors.ts';
import type { ColumnPolicy } from './config.ts';

/** Why a value has no exact counterpart in the column that it is exported to. */
export type Loss =
  /** MySQL's dates with a year, month or day of zero. */
  | 'zero-date'
  | 'infinity'
  | 'nan'
  /** A date before the year 1 or after 9999; a number or a time of day beyond its type. */
  | 'out-of-range'
  /** PostgreSQL's 24:00:00. */
  | 'end-of-day'
  /** More digits behind the point than the column has. */
  | 'digits'
  | 'invalid-utf8'
  | 'null-element'
  | 'null-array'
  | 'nested-array'
  | 'sub-microsecond'
  /** A number in JSON that is neither an INT64, a UINT64 nor a FLOAT64. */
  | 'json-number'
  /** A value of another type than its column’s, where the source lets them mix. */
  | 'other-type';

/**
 * What becomes of such a value: the export fails; it is NULL; it is left out of its array; an array is empty instead of
 * NULL; bytes that are no UTF-8 are replaced by U+FFFD; what is finer than a microsecond is cut off; the files have it whole, and
 * BigQuery rounds it.
 */
export type LossAnswer = 'error' | 'null' | 'drop' | 'empty' | 'replace' | 'truncate' | 'round';

/** So many values of a column were not exported as they were. */
export interface LossCount {
  readonly column: string;
  readonly loss: Loss;
  readonly answer: LossAnswer;
  readonly count: number;
}

/** What was written of a column decides; docs/batch-types.md has the table of what holds otherwise. */
function answerOf(loss: Loss, { onOutOfRange, onNullElement }: Partial<ColumnPolicy>): LossAnswer {
  const written = onOutOfRange === 'null' || onOutOfRange === 'error' ? onOutOfRange : undefined;
  switch (loss) {
    case 'zero-date':
      return written ?? 'null';
    case 'null-element':
      return onNullElement === 'drop' ? 'drop' : 'error';
    case 'null-array':
      return 'empty';
    case 'invalid-utf8':
      return written ?? 'replace';
    case 'sub-microsecond':
      return written === 'error' ? 'error' : 'truncate';
    case 'json-number':
      return written ?? 'round';
    default:
      return written ?? 'error';
  }
}

/** The losses of one column. */
export class ColumnLosses {
  readonly #column: string;
  readonly #policy: Partial<ColumnPolicy>;
  readonly #counts = new Map<Loss, number>();

  constructor(column: string, policy: Partial<ColumnPolicy> = {}) {
    this.#column = column;
    this.#policy = policy;
  }

  /** Counts a loss, and says what to do. Throws EXPORT_VALUE_REFUSED where the policy is to fail. */
  take(loss: Loss): Exclude<LossAnswer, 'error'> {
    const answer = answerOf(loss, this.#policy);
    if (answer === 'error') {
      throw new OnrampError('EXPORT_VALUE_REFUSED', `column ${this.#column} holds a value with: ${loss}`);
    }
    this.#counts.set(loss, (this.#counts.get(loss) ?? 0) + 1);
    return answer;
  }

  counts(): LossCount[] {
    return [...this.#counts].map(([loss, count]) => ({
      column: this.#column,
      loss,
      answer: answerOf(loss, this.#policy),
      count,
    }));
  }
}
