import type { status } from '@grpc/grpc-js';

/** An error as a Google client meets it: a gRPC status code and the service's message. */
export class GrpcError extends Error {
  override readonly name: string = 'GrpcError';
  readonly code: status;
  /** What grpc-js sends as the status message. */
  readonly details: string;

  constructor(code: status, details: string) {
    super(details);
    this.code = code;
    this.details = details;
  }
}
