import { errorCatalogue } from '../functions/core/errors.ts';
import { didYouMean } from '../infra/config/suggest.ts';
import { type DeadLetterRow, explanationOf } from './dead-letters.ts';
import { hexDump } from './hex-dump.ts';
import { formatFacts, formatTable } from './output.ts';
import { UsageError } from './problems.ts';

/** Throws a UsageError for a reason that is none. */
export function checkReason(reason: string | undefined): void {
  if (reason === undefined || Object.hasOwn(errorCatalogue, reason)) return;
  throw new UsageError(
    `"${reason}" is no reason`,
    didYouMean(reason, Object.keys(errorCatalogue))?.replace(/^d/, 'D') ?? 'docs/errors.md lists them all.',
  );
}

export const unknownEvent = (event: string) =>
  new UsageError(`there is no dead letter of the event "${event}"`, 'See `onramp dead-letter list` for what there is.');

export const missingPayload = () => new Error('the dead letter’s file, which alone has its large payload, is gone');

/** One line for each dead letter. */
export const deadLetterTable = (rows: readonly DeadLetterRow[], stdout: NodeJS.WriteStream): string =>
  formatTable(
    [{ title: 'set aside' }, { title: 'event' }, { title: 'stage' }, { title: 'reason' }, { title: 'detail' }],
    rows.map(row => [
      row.onramp_dead_letter_time,
      row.onramp_event_id,
      row.onramp_dead_letter_stage,
      row.onramp_dead_letter_reason,
      row.onramp_dead_letter_detail,
    ]),
    stdout,
  );

/** What every reason among the rows means, and how to mend it. */
export function reasonsExplained(rows: readonly DeadLetterRow[]): string {
  const reasons = [...new Set(rows.map(row => row.onramp_dead_letter_reason))].toSorted();
  return reasons
    .map(reason => {
      const explanation = explanationOf(reason);
      return explanation === undefined ? '' : `${reason}\n  ${explanation.what}\n  ${explanation.mend}\n`;
    })
    .join('');
}

/** Everything about one dead letter. */
export function deadLetterText(row: DeadLetterRow, payload: Uint8Array | undefined): string {
  const explanation = explanationOf(row.onramp_dead_letter_reason);
  const { onramp_schema: schema, onramp_schema_version: version } = row;
  const facts: (readonly [string, string])[] = [
    ['event', row.onramp_event_id],
    ['ramp', row.onramp_ramp],
    ['published', row.onramp_publish_time],
    ['set aside', row.onramp_dead_letter_time],
    ['by the stage', row.onramp_dead_letter_stage],
    ['reason', row.onramp_dead_letter_reason],
    ...(explanation === undefined
      ? []
      : ([
          ['', explanation.what],
          ['', explanation.mend],
        ] as const)),
    ['detail', row.onramp_dead_letter_detail],
    ['schema', schema === null ? 'none' : `${schema}, version ${version ?? 'unknown'}`],
    ...(row.onramp_ordering_key === null ? [] : ([['ordering key', row.onramp_ordering_key]] as const)),
    ...row.onramp_attributes.map(({ key, value }) => ['attribute', `${key}=${value}`] as const),
    ['SHA-256', row.onramp_sha256],
    ['payload', payload === undefined ? 'no longer there' : `${payload.length} bytes`],
  ];
  return `${formatFacts(facts)}${payload === undefined ? '' : hexDump(payload)}`;
}
