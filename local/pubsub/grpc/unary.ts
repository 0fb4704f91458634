import {
  type handleUnaryCall,
  type ServerUnaryCall,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { PubsubError, unimplemented } from '../pubsub-error.ts';

/** Turns a function that answers or throws into a gRPC handler. */
export const unary =
  <Request, Response>(
    answer: (request: Request, call: ServerUnaryCall<Request, Response>) => Response | Promise<Response>,
  ): handleUnaryCall<Request, Response> =>
  (call, callback) => {
    Promise.resolve()
      .then(() => answer(call.request, call))
      .then(
        response => callback(null, response),
        (error: unknown) => callback(asPubsubError(error)),
      );
  };

export const asPubsubError = (error: unknown): PubsubError =>
  error instanceof PubsubError ? error : new PubsubError(status.INTERNAL, String(error));

/** Adds a handler that says so to every method of the service that has none. */
export function withRefusals(
  definition: ServiceDefinition,
  implementation: UntypedServiceImplementation,
): UntypedServiceImplementation {
  const missing = Object.keys(definition).filter(method => !(method in implementation));
  return {
    ...implementation,
    ...Object.fromEntries(
      missing.map(method => [
        method,
        unary(() => {
          throw unimplemented(method);
        }),
      ]),
    ),
  };
}
