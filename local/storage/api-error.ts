/** Where in a request a condition failed: a query parameter or a header. */
interface ErrorLocation {
  readonly locationType: 'parameter' | 'header';
  readonly location: string;
}

/**
 * An answer that is an error, in the shape that Google's JSON APIs give it.
 * https://cloud.google.com/storage/docs/json_api/v1/status-codes
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Google's word for the kind of error, such as `notFound`. */
  readonly reason: string;
  readonly location: ErrorLocation | undefined;
  /** Headers that go with the answer. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    reason: string,
    message: string,
    more: { readonly location?: ErrorLocation; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.location = more.location;
    this.headers = more.headers ?? {};
  }

  /** The body of the answer. */
  toJSON(): object {
    return {
      error: {
        code: this.status,
        message: this.message,
        errors: [{ message: this.message, domain: 'global', reason: this.reason, ...this.location }],
      },
    };
  }
}

export const invalid = (message: string) => new ApiError(400, 'invalid', message);

export const required = (message: string) => new ApiError(400, 'required', message);

export const forbidden = (message: string) => new ApiError(403, 'forbidden', message);

export const bucketNotFound = () => new ApiError(404, 'notFound', 'The specified bucket does not exist.');

export const objectNotFound = (bucket: string, name: string) =>
  new ApiError(404, 'notFound', `No such object: ${bucket}/${name}`);

export const conflict = (message: string) => new ApiError(409, 'conflict', message);

export const conditionNotMet = () =>
  new ApiError(412, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.', {
    location: { locationType: 'header', location: 'If-Match' },
  });

/** What the product can do and this stand-in cannot: refused, rather than answered wrongly. */
export const notImplemented = (what: string) =>
  new ApiError(501, 'notImplemented', `The Cloud Storage stand-in does not support ${what}.`);
