import { ApiError } from './api-error.ts';

/** Reads a query parameter that must be a whole number; undefined when it is not there. */
export function integerParameter(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new ApiError(400, 'invalidParameter', `Invalid value for ${name}: '${text}'`, {
      location: { locationType: 'parameter', location: name },
    });
  }
  return value;
}

/** Whether a query parameter is set to true, in whatever case: gcloud writes `True`. */
export const isSet = (query: URLSearchParams, name: string) => query.get(name)?.toLowerCase() === 'true';
