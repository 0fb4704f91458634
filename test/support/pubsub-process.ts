import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const program = `
  import { startPubsub } from ${JSON.stringify(new URL('../../local/pubsub/pubsub.ts', import.meta.url).href)};
  const pubsub = await startPubsub({ folder: process.argv[1] });
  console.log(await pubsub.listen('operator', Number(process.argv[2])));
`;

/** The stand-in for Pub/Sub in a process of its own, on a folder that outlives it. */
export interface PubsubProcess {
  readonly port: number;
  readonly child: ChildProcess;
  kill(): Promise<void>;
}

/** Starts it on a free port, or on the one that an earlier process had. */
export async function spawnPubsub(folder: string, port = 0): Promise<PubsubProcess> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, folder, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return {
    port: Number(line),
    child,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}
