import { once } from 'node:events';
import net from 'node:net';
import { type Server, ServerCredentials } from '@grpc/grpc-js';

/** How long calls in flight may take to finish on close. */
const graceMillis = 2000;

/** A port on which a gRPC server listens. */
export interface GrpcPort {
  readonly port: number;
  /** Takes no more connections, and resolves when the calls in flight have been answered, or were cut off. */
  close(): Promise<void>;
}

/** Has a server listen on 127.0.0.1; 0 takes any port that is free. Rejects with EADDRINUSE when the port is taken. */
export async function listenGrpc(server: Server, port: number): Promise<GrpcPort> {
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
