import { createServer } from 'node:net';
import { type StageId, stageIds } from '../functions/core/wiring.ts';

/** Where everything listens on 127.0.0.1. */
export interface Ports {
  readonly status: number;
  readonly pubsub: number;
  readonly storage: number;
  readonly bigquery: number;
  /** BigQuery's Storage Write API, which is a service of its own. */
  readonly bigqueryStorage: number;
  readonly functions: Readonly<Record<StageId, number>>;
}

export const defaultPortBase = 8400;

/** The ports from `base` on, or, for 0, any that are free. */
export async function choosePorts(base: number): Promise<Ports> {
  const count = 10 + stageIds.length;
  const ports = base === 0 ? await freePorts(count) : Array.from({ length: count }, (_, index) => base + index);
  const at = (index: number) => ports[index] ?? 0;
  return {
    status: at(0),
    pubsub: at(1),
    storage: at(2),
    bigquery: at(3),
    bigqueryStorage: at(4),
    functions: Object.fromEntries(stageIds.map((id, index) => [id, at(10 + index)])) as Record<StageId, number>,
  };
}

/** All are held open until the last is found, so that no two are the same. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject).listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  const ports = servers.map(server => {
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  });
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))));
  return ports;
}
