import { invalid } from './errors.ts';

export type Json = Readonly<Record<string, unknown>>;

/** The given ones of a resource's writable properties. A null is as good as none. */
export function pick(body: Json, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    names.flatMap(name => {
      const value = body[name];
      return value === undefined || value === null ? [] : [[name, value]];
    }),
  );
}

/** `old` as a patch changes it: null removes a property, and labels are changed one by one. */
export function patched(old: Json, body: Json, names: readonly string[]): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...old };
  for (const name of names) {
    if (!(name in body)) continue;
    const value = body[name];
    merged[name] = name === 'labels' && isObject(value) ? { ...(old['labels'] as Json | undefined), ...value } : value;
  }
  return withoutNulls(merged, names);
}

function withoutNulls(body: Json, names: readonly string[]): Record<string, unknown> {
  const kept = pick(body, names);
  const { labels } = kept;
  return isObject(labels) ? { ...kept, labels: pick(labels, Object.keys(labels)) } : kept;
}

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A property as text: for messages, and for what should be a string. */
export const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value);

/** An int64 property, which the API writes as a string. */
export function int64Property(body: Json, name: string): number | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0) throw invalid(`Invalid value for ${name}: ${textOf(value)}`, name);
  return number;
}

/** https://cloud.google.com/bigquery/docs/labels-intro#requirements */
export function checkLabels(body: Json): void {
  const { labels } = body;
  if (labels === undefined || labels === null) return;
  if (!isObject(labels)) throw invalid('The labels must be an object.', 'labels');
  for (const [key, value] of Object.entries(labels)) {
    if (!/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key)) {
      throw invalid(`Label key "${key}" has invalid characters.`, 'labels');
    }
    if (value !== null && !/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(textOf(value))) {
      throw invalid(`Label value "${textOf(value)}" has invalid characters.`, 'labels');
    }
  }
}
