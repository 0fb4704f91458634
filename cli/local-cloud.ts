import { once } from 'node:events';
import { clientEnvironment, type Locator } from '../local/locator.ts';
import type { LocalCloud, LocalOptions } from '../local/start.ts';
import { listenForInterrupts } from './interrupts.ts';
import { formatFacts } from './output.ts';
import { breaksText } from './published-text.ts';
import { exitCodes, type Terminal } from './terminal.ts';

/**
 * Starts the local cloud, calls `use` and stops it again. `use` should come to an end when `stopped` is aborted, which
 * the first Ctrl-C does; the second one ends the process. Sets the exit code that `use` answers with.
 */
export async function withLocalCloud(
  terminal: Terminal,
  options: LocalOptions,
  use: (cloud: LocalCloud, stopped: AbortSignal) => Promise<number>,
): Promise<void> {
  const { stderr } = terminal;
  const interrupts = listenForInterrupts(terminal, () => {
    stderr.write(
      `Ended at once. What was not yet everywhere is delivered again at the next start with ${options.folder}.\n`,
    );
    terminal.exit(exitCodes.interrupted);
  });
  const { stopped } = interrupts;
  stopped.addEventListener('abort', () => stderr.write('\nStopping; Ctrl-C again ends it at once.\n'));
  try {
    stderr.write('Starting the local cloud…\n');
    const { startLocal } = await import('../local/start.ts');
    const cloud = await startLocal(options);
    stderr.write(breaksText(cloud.published));
    try {
      terminal.exitCode = stopped.aborted ? exitCodes.interrupted : await use(cloud, stopped);
    } finally {
      await cloud.stop();
      stderr.write(`Stopped. The data are kept in ${options.folder}.\n`);
    }
  } finally {
    interrupts.dispose();
  }
}

/** Resolves when the command is to end. */
export async function untilStopped(stopped: AbortSignal): Promise<void> {
  if (!stopped.aborted) await once(stopped, 'abort');
}

/** Where a local cloud can be reached. */
export function addressesOf({ ports }: Locator) {
  return {
    status: statusUrl(ports.status),
    pubsub: `127.0.0.1:${ports.pubsub}`,
    storage: `http://127.0.0.1:${ports.storage}`,
    bigquery: `http://127.0.0.1:${ports.bigquery}`,
    bigqueryStorage: `127.0.0.1:${ports.bigqueryStorage}`,
  };
}

export const statusUrl = (port: number) => `http://127.0.0.1:${port}/status`;

/** What a person needs to know of a cloud that has started. */
export function introduction({ locator, consoleUrl, time }: LocalCloud, folder: string): string {
  const addresses = addressesOf(locator);
  const facts = formatFacts([
    ['status', addresses.status],
    ['Pub/Sub', addresses.pubsub],
    ['Cloud Storage', addresses.storage],
    ['BigQuery', addresses.bigquery],
    ['Storage Write API', addresses.bigqueryStorage],
    ...(consoleUrl === undefined ? [] : [['console', consoleUrl] as const]),
    ['data and logs', folder],
    ...(time === undefined ? [] : [['clock', time.now().toISOString()] as const]),
  ]);
  const exports = Object.entries(clientEnvironment(locator)).map(([name, value]) => `export ${name}=${value}\n`);
  return `${facts}\nWith these, Google’s clients in any language join it:\n\n${exports.join('')}\n`;
}
