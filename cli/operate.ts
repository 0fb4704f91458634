import { createInterface } from 'node:readline/promises';
import type { Change, Operation, Preview } from '../functions/core/batch/operation.ts';
import { effective } from '../functions/core/batch/operation.ts';
import { momentText } from './moment.ts';
import { formatJson, formatTable } from './output.ts';
import { UsageError } from './problems.ts';
import { exitCodes, type Terminal, writeData } from './terminal.ts';
import type { OpenedBatch } from './with-batch.ts';

/** Options of every command that changes something. */
export interface OperateOptions {
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
}

/**
 * Shows what an operation would change, asks, and does it. Sets the exit code to 1 when the person says no, or when
 * somebody else was faster.
 */
export async function operate(
  operation: Operation,
  { operations, person }: OpenedBatch,
  { dryRun, yes, json }: OperateOptions,
  terminal: Terminal,
): Promise<void> {
  const preview = await operations.preview(operation);
  const { stderr } = terminal;
  const count = effective(preview).length;
  if (!json) await writeData(terminal, changesText(preview, terminal.stdout));
  for (const note of preview.notes) stderr.write(`${note}\n`);

  if (dryRun || count === 0) {
    if (json) await writeData(terminal, formatJson({ changes: preview.changes.map(plain), done: false }));
    stderr.write(count === 0 ? 'It would change nothing.\n' : 'Nothing was changed.\n');
    return;
  }
  if (!yes && !(await agrees(terminal))) {
    stderr.write('Nothing was changed.\n');
    terminal.exitCode = exitCodes.failed;
    return;
  }
  const { changed, missed, told } = await operations.apply(operation, preview.seen, person);
  if (json)
    await writeData(terminal, formatJson({ changes: changed.map(plain), missed: missed.map(plain), done: true }));
  stderr.write(`Done: ${changed.length} of ${count} changed.\n`);
  if (changed.some(({ after }) => after === 'waiting')) {
    stderr.write(`What nothing holds back is started ${told ? 'at once' : 'by the next tick, within a minute'}.\n`);
  }
  if (missed.length > 0) {
    for (const { interval } of missed) {
      stderr.write(`Left alone, since it has changed meanwhile: ${momentText(interval?.start ?? '')}\n`);
    }
    terminal.exitCode = exitCodes.failed;
  }
}

/** What a change is, without the run that it would make. */
const plain = ({ create: _create, ...change }: Change) => change;

function changesText({ changes }: Preview, stdout: NodeJS.WriteStream): string {
  if (changes.length === 0) return '';
  return formatTable(
    ['interval', 'to', 'now', 'then'].map(title => ({ title })),
    changes.map(({ interval, before, after, why }) => [
      interval === undefined ? 'schedule' : momentText(interval.start),
      interval === undefined ? '' : momentText(interval.end),
      before ?? 'not there',
      after ?? `stays: ${why ?? ''}`,
    ]),
    stdout,
  );
}

async function agrees({ stdin, stderr }: Terminal): Promise<boolean> {
  if (!stdin.isTTY) {
    throw new UsageError('nobody is here to be asked', 'Say --yes to do it, or --dry-run to see what it would do.');
  }
  const question = createInterface({ input: stdin, output: stderr });
  try {
    return /^y(es)?$/i.test((await question.question('Do it? [y/N] ')).trim());
  } finally {
    question.close();
  }
}
