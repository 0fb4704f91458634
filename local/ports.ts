import { randomInt } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { OnrampError } from '../functions/core/errors.ts';

/** Where everything listens on 127.0.0.1. */
export interface Ports {
  readonly status: number;
  readonly pubsub: number;
  readonly storage: number;
  readonly bigquery: number;
  /** BigQuery's Storage Write API, which is a service of its own. */
  readonly bigqueryStorage: number;
  readonly tasks: number;
  /** Of the console, for a browser. */
  readonly console: number;
  /** By the function's name. */
  readonly functions: Readonly<Record<string, number>>;
}

export const defaultPortBase = 8400;

/**
 * The ports from `base` on, or, for 0, any that are free; those of the functions in the order of their names in the list.
 * @throws OnrampError LOCAL_PORT_TAKEN that names every one that somebody else has
 */
export async function choosePorts(base: number, functionNames: readonly string[]): Promise<Ports> {
  const count = 10 + functionNames.length;
  const ports = base === 0 ? await freePorts(count) : Array.from({ length: count }, (_, index) => base + index);
  const at = (index: number) => ports[index] ?? 0;
  const functions = Object.fromEntries(functionNames.map((name, index) => [name, at(10 + index)]));
  const standIns = {
    status: at(0),
    pubsub: at(1),
    storage: at(2),
    bigquery: at(3),
    bigqueryStorage: at(4),
    tasks: at(5),
    console: at(6),
  };
  if (base !== 0) await refuseTaken([...Object.values(standIns), ...Object.values(functions)]);
  return { ...standIns, functions };
}

/**
 * Where systems take ports for connections and for `listen(0)`: from 32768 on, or higher. One from there could be given
 * to somebody else before the function that it is meant for listens.
 */
const firstOfSystem = 32_768;
const firstTried = 10_240;

/** A run of ports that are all free now. */
async function freePorts(count: number): Promise<number[]> {
  for (let attempt = 1; ; attempt += 1) {
    const first = randomInt(firstTried, firstOfSystem - count);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    const taken = await takenOf(ports);
    if (taken.length === 0) return ports;
    if (attempt === 100) throw new OnrampError('LOCAL_PORT_TAKEN', `port ${taken.join(', ')}`);
  }
}

/** Asked of all before anything is started: a function that finds its port taken could only end. */
async function refuseTaken(ports: readonly number[]): Promise<void> {
  const taken = await takenOf(ports);
  if (taken.length > 0) throw new OnrampError('LOCAL_PORT_TAKEN', `port ${taken.join(', ')}`);
}

async function takenOf(ports: readonly number[]): Promise<number[]> {
  const opened = await Promise.allSettled(ports.map(open));
  await Promise.all(opened.filter(result => result.status === 'fulfilled').map(result => close(result.value)));
  return ports.filter((_, index) => {
    const result = opened[index];
    return result?.status === 'rejected' && (result.reason as NodeJS.ErrnoException).code === 'EADDRINUSE';
  });
}

const open = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(port, '127.0.0.1', () => resolve(server));
  });

const close = (server: Server): Promise<void> => new Promise(resolve => server.close(() => resolve()));
