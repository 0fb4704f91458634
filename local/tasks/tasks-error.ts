import { status } from '@grpc/grpc-js';
import { GrpcError } from '../grpc-error.ts';

export class TasksError extends GrpcError {
  override readonly name = 'TasksError';
}

export const invalidArgument = (details: string) => new TasksError(status.INVALID_ARGUMENT, details);

export const notFound = (details: string) => new TasksError(status.NOT_FOUND, details);

export const alreadyExists = (details: string) => new TasksError(status.ALREADY_EXISTS, details);

export const permissionDenied = (permission: string, resource: string) =>
  new TasksError(
    status.PERMISSION_DENIED,
    `The principal (user or service account) lacks IAM permission "${permission}" for the resource "${resource}" ` +
      '(or the resource may not exist).',
  );

export const unimplemented = (method: string) =>
  new TasksError(status.UNIMPLEMENTED, `${method} is not implemented by the local Cloud Tasks.`);
