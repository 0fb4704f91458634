import type { Command } from 'commander';
import type { Clients } from '../local/clients.ts';
import type { Locator } from '../local/locator.ts';
import { folderOf } from './options.ts';
import type { Terminal } from './terminal.ts';

/** Connects to the running local cloud. Rejects with an OnrampError LOCAL_NOT_RUNNING when there is none. */
export async function withClients(
  command: Command,
  terminal: Terminal,
  use: (clients: Clients, project: string, locator: Locator) => Promise<void>,
): Promise<void> {
  const { readLocator } = await import('../local/locator.ts');
  const locator = readLocator(folderOf(command, terminal));
  const { connect } = await import('../local/clients.ts');
  const clients = connect(locator);
  try {
    await use(clients, locator.project, locator);
  } finally {
    await clients.close();
  }
}
