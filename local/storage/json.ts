import { ApiError, invalid } from './api-error.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads a request's JSON; no bytes at all count as an empty object. Throws 400 for anything but an object. */
export function parseObject(bytes: Uint8Array): JsonObject {
  if (bytes.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new ApiError(400, 'parseError', 'Parse Error');
  }
  if (!isObject(value)) throw invalid('The request body must be a JSON object.');
  return value;
}

/** JSON merge patch (RFC 7396): null removes, objects merge, everything else replaces. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map<string, unknown>(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

/** The named fields of an object that are there and not null. */
export function pick(from: JsonObject, keys: readonly string[]): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const key of keys) {
    const value = from[key];
    if (value !== undefined && value !== null) picked[key] = value;
  }
  return picked;
}

/** A field that must be text; undefined when it is not there. Throws 400 for anything else. */
export function textField(from: JsonObject, key: string): string | undefined {
  const value = from[key] ?? undefined;
  if (value !== undefined && typeof value !== 'string') throw invalid(`Invalid value for ${key}: it must be a string.`);
  return value;
}
