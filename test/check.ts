/** Everything that can be known without running the project: `npm run check`. All checks run, then the failures speak. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = join(root, 'node_modules/.bin');
// The tools are to run on the Node that is installed beside them, not on the machine's.
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };

interface Check {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const checks: readonly Check[] = [
  { name: 'format', command: 'biome', args: ['ci', '--colors=off', '.'] },
  { name: 'types', command: 'tsc', args: ['-p', '.'] },
  { name: 'lint', command: 'eslint', args: ['.', '--max-warnings=0'] },
  {
    name: 'imports',
    command: 'depcruise',
    args: ['--config', '.dependency-cruiser.cjs', 'functions', 'console', 'client', 'infra', 'local', 'cli', 'test'],
  },
  { name: 'unused code', command: 'knip', args: ['--no-progress'] },
  { name: 'proto lint', command: 'buf', args: ['lint'] },
];

async function run({ name, command, args }: Check): Promise<boolean> {
  const started = Date.now();
  const child = spawn(join(bin, command), args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8');
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stdout.write(
    `${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n${code === 0 ? '' : `${output}\n`}`,
  );
  return code === 0;
}

const results: boolean[] = [];
for (const check of checks) results.push(await run(check));
process.exitCode = results.every(Boolean) ? 0 : 1;
