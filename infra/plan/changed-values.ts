import { isDeepStrictEqual } from 'node:util';

/** A value that differs, at its path, such as `pushConfig.pushEndpoint` or `ramps["shop/sale-made"]`. */
export interface ChangedValue {
  readonly path: string;
  /** Absent where there was nothing. */
  readonly before?: unknown;
  /** Absent where there is nothing any more. */
  readonly after?: unknown;
}

/**
 * What differs between two values, as deep down as both are mappings, or lists of the same length. A text that is a JSON
 * document is compared as what it says: the catalogue of ramps is such a text.
 */
export function changedValues(before: unknown, after: unknown, path = ''): ChangedValue[] {
  if (isDeepStrictEqual(before, after)) return [];
  const [a, b] = [document(before), document(after)];
  if (isMapping(a) && isMapping(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].flatMap(key => changedValues(a[key], b[key], child(path, key)));
  }
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    return a.flatMap((item, index) => changedValues(item, b[index], `${path}[${index}]`));
  }
  return [{ path, ...(before !== undefined && { before: a }), ...(after !== undefined && { after: b }) }];
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function document(value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith('{')) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

function child(path: string, key: string): string {
  if (!/^\w+$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}
