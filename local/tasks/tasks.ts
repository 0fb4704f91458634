import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Server, type ServiceDefinition } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { type Clock, systemClock } from '../clock.ts';
import { type GrpcPort, listenGrpc } from '../grpc-port.ts';
import { createTokenSigner } from '../iam/tokens.ts';
import { type Authorize, allowAll, type Caller, type StandIn } from '../stand-in.ts';
import { Queues } from './queues.ts';
import { serviceOf } from './service.ts';
import { openStore } from './store.ts';

export interface TasksOptions {
  /** Where queues and tasks live; they survive a restart and a kill. */
  readonly folder: string;
  /** Everything is allowed by default. */
  readonly authorize?: Authorize;
  /**
   * Signs the bearer of a task with OIDC, or answers with undefined when Cloud Tasks may not; a key of its own by default,
   * which nobody else can check.
   */
  readonly signToken?: (claims: { email: string; audience: string }) => string | undefined;
  readonly clock?: Clock;
}

/** How busy one queue is. */
export interface QueueLoad {
  /** Full name. */
  readonly queue: string;
  /** Tasks that are neither done nor given up. */
  readonly tasks: number;
  /** Requests that are out now. */
  readonly dispatched: number;
}

/** A running stand-in for Cloud Tasks. */
export interface Tasks extends StandIn {
  load(): QueueLoad[];
  /** Begins no new request; resolves when none is out. */
  pause(): Promise<void>;
  /** Dispatches what is due; nothing is before it has been called. */
  resume(): void;
}

/** The service definition that ships with Google's own client, so that both sides agree field by field. */
const definition = (): ServiceDefinition => {
  // The package does not export the file by name; it lies at the same place below its root in every build.
  const entry = createRequire(import.meta.url).resolve('@google-cloud/tasks');
  const file = join(entry.slice(0, entry.lastIndexOf('/build/')), 'build/protos/protos.json');
  const loaded = fromJSON(JSON.parse(readFileSync(file, 'utf8')) as Parameters<typeof fromJSON>[0], {
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  return loaded['google.cloud.tasks.v2.CloudTasks'] as ServiceDefinition;
};

/** Starts a stand-in on what its folder holds. It serves nobody until `listen` is called. */
export function startTasks(options: TasksOptions): Tasks {
  const authorize = options.authorize ?? allowAll;
  const sign = options.signToken ?? createTokenSigner().sign;
  const store = openStore(options.folder);
  const queues = new Queues(store, {
    clock: options.clock ?? systemClock,
    authorization: (email, audience) => {
      const token = sign({ email, audience });
      return token && `Bearer ${token}`;
    },
  });
  const service = definition();
  const listeners: GrpcPort[] = [];

  return {
    async listen(caller: Caller, port = 0) {
      const server = new Server();
      server.addService(service, serviceOf(service, queues, authorize, caller));
      const listener = await listenGrpc(server, port);
      listeners.push(listener);
      return listener.port;
    },
    load: () =>
      queues.all().map(queue => ({
        queue: queue.settings.name,
        tasks: queue.tasks().length,
        dispatched: queue.dispatched,
      })),
    pause: () => queues.stop(),
    resume: () => queues.start(),
    async close() {
      await queues.stop();
      await Promise.all(listeners.map(listener => listener.close()));
      store.close();
    },
  };
}
