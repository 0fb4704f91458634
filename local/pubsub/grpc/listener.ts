import { Server } from '@grpc/grpc-js';
import { type GrpcPort, listenGrpc } from '../../grpc-port.ts';
import type { Broker } from '../broker.ts';
import { publishLimits } from '../validate-messages.ts';
import { publisherDefinition, schemaDefinition, subscriberDefinition } from './definitions.ts';
import type { Guard } from './guard.ts';
import { publisherOf } from './publisher.ts';
import { subscriberOf } from './subscriber.ts';
import { withRefusals } from './unary.ts';

const MiB = 1024 * 1024;

/** Has one port for one caller listen on 127.0.0.1; rejects with EADDRINUSE when it is taken. */
export function listen(broker: Broker, guard: Guard, port: number): Promise<GrpcPort> {
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
  return listenGrpc(server, port);
}
