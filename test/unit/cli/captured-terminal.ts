import { EventEmitter } from 'node:events';
import { Readable, Writable } from 'node:stream';
import { runCli } from '../../../cli/program.ts';
import type { Terminal } from '../../../cli/terminal.ts';

/** A terminal that keeps what is written to it, and whose signals a test emits. */
export class CapturedTerminal extends EventEmitter implements Terminal {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  exitCode: number | undefined;
  readonly exits: number[] = [];
  readonly #written = { stdout: '', stderr: '' };

  constructor(input = '') {
    super();
    this.stdin = Readable.from([Buffer.from(input)]) as unknown as NodeJS.ReadStream;
    this.stdout = this.#capture('stdout');
    this.stderr = this.#capture('stderr');
  }

  get written(): { readonly stdout: string; readonly stderr: string } {
    return this.#written;
  }

  cwd(): string {
    return process.cwd();
  }

  exit(code: number): never {
    this.exits.push(code);
    return undefined as never;
  }

  #capture(name: 'stdout' | 'stderr'): NodeJS.WriteStream {
    const stream = new Writable({
      decodeStrings: false,
      write: (chunk: Buffer | string, _encoding, done) => {
        this.#written[name] += chunk.toString();
        done();
      },
    });
    return stream as unknown as NodeJS.WriteStream;
  }
}

/** Runs a command line in this process. */
export async function runCaptured(args: readonly string[], input = '') {
  const terminal = new CapturedTerminal(input);
  await runCli(args, terminal);
  return { ...terminal.written, exitCode: terminal.exitCode ?? 0 };
}
