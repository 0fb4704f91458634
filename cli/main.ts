/** The command `onramp`; `launch.js` starts it. */
import { enableCompileCache } from 'node:module';
import { endQuietlyWhenNobodyReads } from './terminal.ts';

// Loading Google's clients takes a third less time from the second command on.
enableCompileCache();
const { runCli } = await import('./program.ts');

endQuietlyWhenNobodyReads(process.stdout);
await runCli(process.argv.slice(2), process);
// Idle connections of Google's clients would keep the process for seconds more.
process.stdout.write('', () => process.exit());
