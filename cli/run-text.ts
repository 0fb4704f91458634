import type { Attempt, Run } from '../functions/core/batch/run.ts';
import type { RunStatus } from '../functions/core/batch/run-status.ts';
import type { WaitReason } from '../functions/core/batch/wait-reason.ts';
import { errorCatalogue } from '../functions/core/errors.ts';
import { momentText } from './moment.ts';
import { formatFacts, formatTable } from './output.ts';

/** A run as it is listed. */
export interface RunRow extends RunStatus {
  readonly export: string;
}

export function runTable(rows: readonly RunRow[], stdout: NodeJS.WriteStream): string {
  return formatTable(
    [
      { title: 'export' },
      { title: 'interval' },
      { title: 'state' },
      { title: 'attempt', align: 'right' },
      { title: 'seconds', align: 'right' },
      { title: 'changed' },
      { title: 'note' },
    ],
    rows.map(row => [
      row.export,
      momentText(row.interval.start),
      row.state,
      `${row.attempt} of ${row.lastAttempt}`,
      row.seconds === undefined ? '' : String(row.seconds),
      momentText(row.changed),
      noteOf(row),
    ]),
    stdout,
  );
}

const noteOf = ({ kind, slaMissed, slaAtRisk, waitingFor }: RunStatus): string =>
  [
    ...(kind === 'scheduled' ? [] : [kind]),
    ...(slaMissed ? ['SLA missed'] : slaAtRisk ? ['SLA at risk'] : []),
    ...waitingFor.map(({ code }) => code),
  ].join(', ');

/** All that is known of one run. */
export function runText(run: Run, waits: readonly WaitReason[], stdout: NodeJS.WriteStream): string {
  const facts: [string, string][] = [
    ['export', run.export],
    ['interval', `${momentText(run.interval.start)} to ${momentText(run.interval.end)}`],
    ['state', run.state],
    ['made by', run.kind],
    ['due', momentText(run.due)],
    ...(run.seconds === undefined ? [] : [['took', `${run.seconds} s`] as [string, string]]),
    ...waits.map(({ code, detail }): [string, string] => ['waits', `${detail} (${code})`]),
  ];
  const attempts = formatTable(
    [
      { title: 'attempt', align: 'right' },
      { title: 'queued' },
      { title: 'exported' },
      { title: 'ended' },
      { title: 'rows', align: 'right' },
      { title: 'outcome' },
    ],
    run.attempts.map(attempt => [
      String(attempt.number),
      momentText(attempt.queued),
      momentText(attempt.exportEnded ?? ''),
      momentText(attempt.ended ?? ''),
      attempt.rows === undefined ? '' : String(attempt.rows),
      attempt.outcome ?? 'under way',
    ]),
    stdout,
  );
  const manifests = run.attempts.flatMap(({ number, manifest }): [string, string][] =>
    manifest === undefined ? [] : [[`manifest of ${number}`, manifest]],
  );
  const operations = run.operations.map(({ at, by, what }): [string, string] => [momentText(at), `${by} ${what}`]);
  return [
    formatFacts(facts),
    ...(run.attempts.length === 0 ? [] : [attempts]),
    ...run.attempts.flatMap(errorText),
    ...[manifests, operations].filter(({ length }) => length > 0).map(formatFacts),
  ].join('\n');
}

function errorText({ number, error }: Attempt): string[] {
  if (error === undefined) return [];
  // A run may hold a code of another release.
  const known = (errorCatalogue as Partial<Record<string, { readonly what: string; readonly mend: string }>>)[
    error.code
  ];
  const explained = known === undefined ? '' : `  ${known.what}\n  ${known.mend}\n`;
  return [`attempt ${number}: ${error.code}: ${error.detail}\n${explained}`];
}
