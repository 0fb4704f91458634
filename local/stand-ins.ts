import { join } from 'node:path';
import { OnrampError } from '../functions/core/errors.ts';
import { type Bigquery, startBigquery } from './bigquery/bigquery.ts';
import type { Clock } from './clock.ts';
import type { AccessControl } from './iam/access-control.ts';
import type { TokenSigner } from './iam/tokens.ts';
import type { Meter } from './meter.ts';
import type { Ports } from './ports.ts';
import { type Pubsub, startPubsub } from './pubsub/pubsub.ts';
import type { Queues } from './queues.ts';
import { type Caller, operator } from './stand-in.ts';
import { type Storage, startStorage } from './storage/storage.ts';

/** What stands in for Google's services, apart from Cloud Tasks. */
export interface StandIns {
  readonly pubsub: Pubsub;
  readonly storage: Storage;
  readonly bigquery: Bigquery;
}

export interface StandInOptions {
  readonly folder: string;
  readonly schemaDelayMillis: number;
  readonly meter: Meter;
  readonly access: AccessControl;
  readonly tokens: TokenSigner;
  /** Whom Pub/Sub and Cloud Storage act as. */
  readonly agents: { readonly pubsub: Caller; readonly storage: Caller };
  readonly clock: Clock;
}

/** Starts them; what ends each is added to `started`. They serve nobody until their ports are opened. */
export async function startStandIns(
  { folder, schemaDelayMillis, meter, access, tokens, agents, clock }: StandInOptions,
  started: (() => Promise<void> | void)[],
): Promise<StandIns> {
  const { authorize } = access;
  const pubsub = await startPubsub({
    folder: join(folder, 'pubsub'),
    authorize,
    serviceAgent: agents.pubsub,
    signToken: tokens.sign,
    clock,
    onPublish: (...of) => meter.onPublish(...of),
  });
  started.push(() => pubsub.close());
  // Nothing is pushed before there is a function to take it.
  await pubsub.pausePush();
  const storage = await startStorage({
    folder: join(folder, 'storage'),
    authorize,
    clock,
    onObject: (...of) => meter.onObject(...of),
    notify: async (topic, message) => {
      const permission = 'pubsub.topics.publish';
      if (!authorize(agents.storage, permission, topic)) throw new Error(`${agents.storage} may not ${permission}`);
      await pubsub.publish(topic, [message]);
    },
  });
  started.push(() => storage.close());
  const bigquery = await startBigquery({
    folder: join(folder, 'bigquery'),
    authorize,
    clock,
    onAppend: (...of) => meter.onAppend(...of),
    schemaDelayMillis,
    readObject: (bucket, name) => storage.readObject(bucket, name),
    listObjects: (bucket, prefix) => storage.listObjects(bucket, prefix),
  });
  started.push(() => bigquery.close());
  return { pubsub, storage, bigquery };
}

/** All that calls reach. */
export type Listening = StandIns & { readonly queues: Queues | undefined };

/** @throws OnrampError LOCAL_PORT_TAKEN */
export async function openOperatorPorts({ pubsub, storage, bigquery, queues }: Listening, ports: Ports): Promise<void> {
  try {
    await Promise.all([
      pubsub.listen(operator, ports.pubsub),
      storage.listen(operator, ports.storage),
      bigquery.listen(operator, ports.bigquery),
      bigquery.listenStorage(operator, ports.bigqueryStorage),
      queues?.listen(operator, ports.tasks),
    ]);
  } catch (error) {
    const { code, port } = error as NodeJS.ErrnoException & { port?: number };
    if (code !== 'EADDRINUSE') throw error;
    throw new OnrampError('LOCAL_PORT_TAKEN', `port ${port ?? `${ports.pubsub} to ${ports.bigqueryStorage}`}`);
  }
}

/** Ports of its own on every stand-in, by which they know who calls. */
export async function openPorts({ pubsub, storage, bigquery, queues }: Listening, caller: Caller) {
  const [pubsubPort, storagePort, bigqueryPort, bigqueryStoragePort, tasksPort] = await Promise.all([
    pubsub.listen(caller),
    storage.listen(caller),
    bigquery.listen(caller),
    bigquery.listenStorage(caller),
    queues?.listen(caller),
  ]);
  return {
    pubsub: pubsubPort,
    storage: storagePort,
    bigquery: bigqueryPort,
    bigqueryStorage: bigqueryStoragePort,
    ...(tasksPort !== undefined && { tasks: tasksPort }),
  };
}
