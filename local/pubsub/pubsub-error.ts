import { status } from '@grpc/grpc-js';
import { GrpcError } from '../grpc-error.ts';

export class PubsubError extends GrpcError {
  override readonly name = 'PubsubError';
}

export const invalidArgument = (details: string) => new PubsubError(status.INVALID_ARGUMENT, details);

export const failedPrecondition = (details: string) => new PubsubError(status.FAILED_PRECONDITION, details);

export const unimplemented = (what: string) =>
  new PubsubError(status.UNIMPLEMENTED, `${what} is not implemented by the local Pub/Sub.`);

export const unavailable = () => new PubsubError(status.UNAVAILABLE, 'Server shutdownNow invoked');

export const permissionDenied = () =>
  new PubsubError(status.PERMISSION_DENIED, 'User not authorized to perform this action.');

export const notFound = (name: string) =>
  new PubsubError(status.NOT_FOUND, `Resource not found (resource=${lastPart(name)}).`);

export const alreadyExists = (name: string) =>
  new PubsubError(status.ALREADY_EXISTS, `Resource already exists in the project (resource=${lastPart(name)}).`);

const lastPart = (name: string) => name.slice(name.lastIndexOf('/') + 1);

/** Refuses a number outside its limits in the words of the service. */
export function checkRange(field: string, value: number, minimum: number, maximum: number): void {
  if (value > maximum) throw outside(field, 'large', value, 'maximum', maximum);
  if (value < minimum) throw outside(field, 'small', value, 'minimum', minimum);
}

const outside = (field: string, size: string, value: number, end: string, limit: number) =>
  invalidArgument(
    `The value for ${field} is too ${size}. You passed ${value} in the request, but the ${end} value is ${limit}.`,
  );
