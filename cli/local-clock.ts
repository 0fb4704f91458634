import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { OnrampError } from '../functions/core/errors.ts';
import { type Locator, readLocator } from '../local/locator.ts';
import type { ClockOrder, ClockReading, ClockStep } from '../local/time/clock-calls.ts';
import { folderOf } from './options.ts';
import type { Terminal } from './terminal.ts';

/** The clock of a local cloud, as seen from outside. */
export function clockOf({ ports }: Locator, folder: string) {
  const call = async (method: string, body?: ClockOrder): Promise<IncomingMessage> => {
    const sent = request({ host: '127.0.0.1', port: ports.status, path: '/clock', method });
    sent.end(body && JSON.stringify(body));
    try {
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      return response;
    } catch (cause) {
      // The process is there, but is about to end.
      throw new OnrampError('LOCAL_NOT_RUNNING', folder, { cause });
    }
  };
  return {
    async read(): Promise<ClockReading> {
      const chunks = (await (await call('GET')).toArray()) as Buffer[];
      return JSON.parse(Buffer.concat(chunks).toString()) as ClockReading;
    },
    /** Resolves with the time when all is done that fell due; `onStep` sees each moment that was reached. */
    async advance(order: ClockOrder, onStep: (now: string) => void): Promise<string> {
      for await (const line of createInterface(await call('POST', order))) {
        const step = JSON.parse(line) as ClockStep;
        if ('error' in step) throw new Error(step.error);
        if (step.done) return step.now;
        onStep(step.now);
      }
      throw new OnrampError('LOCAL_NOT_RUNNING', folder);
    },
  };
}

const realTime = () => new Date();

/** The time by which a local cloud works. */
export async function timeOf(locator: Locator, folder: string): Promise<() => Date> {
  if (!locator.driven) return realTime;
  const { now } = await clockOf(locator, folder).read();
  const ahead = Date.parse(now) - Date.now();
  return () => new Date(Date.now() + ahead);
}

/** The time by which the local cloud of the folder works; the real one when there is none. */
export async function localTime(command: Command, terminal: Terminal): Promise<() => Date> {
  const folder = folderOf(command, terminal);
  try {
    return await timeOf(readLocator(folder), folder);
  } catch (error) {
    if (error instanceof OnrampError && error.code === 'LOCAL_NOT_RUNNING') return realTime;
    throw error;
  }
}
