import { once } from 'node:events';
import net from 'node:net';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { Broker } from '../broker.ts';
import { publishLimits } from '../validate-messages.ts';
import { publisherDefinition, schemaDefinition, subscriberDefinition } from './definitions.ts';
import type { Guard } from './guard.ts';
import { publisherOf } from './publisher.ts';
import { subscriberOf } from './subscriber.ts';
import { withRefusals } from './unary.ts';

const MiB = 1024 * 1024;

/** How long calls in flight may take to finish on close. */
const graceMillis = 2000;

/** One port for one caller. */
export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1; rejects with EADDRINUSE when the port is taken. */
export async function listen(broker: Broker, guard: Guard, port: number): Promise<Listener> {
  const server = new Server({
    // Larger than the service's limit, so that the refusal is the service's and not the transport's.
    'grpc.max_receive_message_length': 2 * publishLimits.requestBytes,
    'grpc.max_send_message_length': -1,
    // HTTP/2's default of 64 KiB throttles a stream of messages to a third.
    'grpc-node.flow_control_window': 16 * MiB,
  });
  server.addService(publisherDefinition, withRefusals(publisherDefinition, publisherOf(broker, guard)));
  server.addService(subscriberDefinition, withRefusals(subscriberDefinition, subscriberOf(broker, guard)));
  server.addService(schemaDefinition, withRefusals(schemaDefinition, {}));
  // A socket of our own, since grpc-js hides the system's error and writes one of its own to the console.
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const sockets = net.createServer(socket => {
    socket.setNoDelay(true);
    injector.injectConnection(socket);
  });
  sockets.listen(port, '127.0.0.1');
  await once(sockets, 'listening');
  return {
    port: (sockets.address() as net.AddressInfo).port,
    close: () =>
      new Promise(resolve => {
        sockets.close();
        const forced = setTimeout(() => server.forceShutdown(), graceMillis);
        server.tryShutdown(() => {
          clearTimeout(forced);
          resolve();
        });
      }),
  };
}
