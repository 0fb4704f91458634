import type { Applied } from '../functions/clients/operations.ts';
import type { Operation, OperationType } from '../functions/core/batch/operation.ts';
import type { Fields } from './view/operation.ts';

/** What the page after an operation is told, in its query. */
export const didFields = (
  { type }: Pick<Operation, 'type'>,
  { changed, missed }: Pick<Applied, 'changed' | 'missed'>,
): Record<string, string> => ({
  did: type,
  changed: String(changed.length),
  ...(missed.length > 0 && { missed: String(missed.length) }),
});

/** The same as a sentence; undefined when the query tells of none. */
export function appliedText({ did = '', changed: changedRuns, missed: missedRuns }: Fields): string | undefined {
  const changed = numberIn(changedRuns);
  if (!isOperationType(did) || changed === undefined) return undefined;
  const missed = numberIn(missedRuns);
  const rest =
    missed === undefined ? '' : ` ${runsText(missed)} changed at the same moment, and ${was(missed)} left alone.`;
  return `${sentences[did](runsText(changed))}${rest}`;
}

const isOperationType = (text: string): text is OperationType => Object.hasOwn(sentences, text);

const sentences: Readonly<Record<OperationType, (runs: string) => string>> = {
  rerun: runs => `${runs} will run again; what nothing holds back starts in a moment.`,
  'mark-done': runs => `Marked as done: ${runs}.`,
  'mark-failed': runs => `Marked as failed: ${runs}.`,
  cancel: runs => `Cancelled: ${runs}.`,
  pause: () => 'The export is paused: no run of it is made or started until it is resumed.',
  resume: () => 'The export is resumed.',
  run: runs => `${runs} will run; what nothing holds back starts in a moment.`,
  backfill: runs => `${runs} will run; what nothing holds back starts in a moment.`,
};

const runsText = (count: number) => `${count} run${count === 1 ? '' : 's'}`;

const was = (count: number) => (count === 1 ? 'was' : 'were');

const numberIn = (text = '') => (/^\d{1,6}$/.test(text) ? Number(text) : undefined);
