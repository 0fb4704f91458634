/**
 * An error of the BigQuery REST API. `reason` is BigQuery's word for it, which clients decide by.
 * https://cloud.google.com/bigquery/docs/error-messages
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly reason: Reason;
  /** What was wrong: a field, a parameter or a header. */
  readonly location: string | undefined;

  constructor(reason: Reason, message: string, location?: string) {
    super(message);
    this.reason = reason;
    this.location = location;
  }
}

const reasons = {
  invalid: [400, 'INVALID_ARGUMENT'],
  invalidQuery: [400, 'INVALID_ARGUMENT'],
  required: [400, 'INVALID_ARGUMENT'],
  resourceInUse: [400, 'FAILED_PRECONDITION'],
  resourcesExceeded: [400, 'RESOURCE_EXHAUSTED'],
  stopped: [400, 'CANCELLED'],
  accessDenied: [403, 'PERMISSION_DENIED'],
  rateLimitExceeded: [403, 'RESOURCE_EXHAUSTED'],
  notFound: [404, 'NOT_FOUND'],
  duplicate: [409, 'ALREADY_EXISTS'],
  conditionNotMet: [412, 'FAILED_PRECONDITION'],
  uploadTooLarge: [413, 'INVALID_ARGUMENT'],
  internalError: [500, 'INTERNAL'],
  // The product answers 501, which clients try again in vain.
  notImplemented: [400, 'UNIMPLEMENTED'],
} as const satisfies Record<string, readonly [number, string]>;

export type Reason = keyof typeof reasons;

export const httpStatus = (error: ApiError): number => reasons[error.reason][0];

/** BigQuery's answer to a failed call. */
export function errorBody(error: ApiError): object {
  const [code, status] = reasons[error.reason];
  return { error: { code, message: error.message, errors: [{ ...errorProto(error), domain: 'global' }], status } };
}

/** An error as it stands in a job's status and in `insertErrors`. */
export interface ErrorProto {
  readonly reason: string;
  readonly message: string;
  readonly location?: string;
  readonly debugInfo?: string;
}

export const errorProto = (error: ApiError): ErrorProto => ({
  message: error.message,
  reason: error.reason,
  ...(error.location === undefined ? {} : { location: error.location }),
});

export const invalid = (message: string, location?: string) => new ApiError('invalid', message, location);

/** For what BigQuery can do and this stand-in cannot: refused, never answered wrongly. */
export const unsupported = (what: string, location?: string) =>
  new ApiError('notImplemented', `${what} is not supported by the local BigQuery.`, location);

export const notFound = (what: 'Dataset' | 'Table' | 'Job' | 'URI', name: string) =>
  new ApiError('notFound', `Not found: ${what} ${name}`);

export const duplicate = (what: 'Dataset' | 'Table' | 'Job', name: string) =>
  new ApiError('duplicate', `Already Exists: ${what} ${name}`);
