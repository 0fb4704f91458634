import { consoleId } from '../functions/core/batch/batch-wiring.ts';
import { type ConsoleProxy, startConsoleProxy } from './console-proxy.ts';
import type { TokenSigner } from './iam/tokens.ts';
import type { Ports } from './ports.ts';

/** The person at this machine, whom the console names in what is done. */
const person = 'operator@localhost';

/** The stack's settings, with that person among those who may use the console. */
export const withOperator = (settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({
  ...settings,
  operators: [settings['operators'], `user:${person}`].filter(Boolean).join(', '),
});

/** Lets that person's browser into the console; undefined when the program declares none, since nothing is exported. */
export async function openConsole(
  functions: readonly { readonly name: string; readonly uri: string }[],
  ports: Ports,
  tokens: TokenSigner,
): Promise<ConsoleProxy | undefined> {
  const declared = functions.find(({ name }) => name === consoleId);
  if (declared === undefined) return undefined;
  const { uri } = declared;
  return startConsoleProxy({
    target: uri,
    token: () => tokens.sign({ email: person, audience: uri }),
    port: ports.console,
  });
}
