import type { CatalogueLogs } from './catalogue.ts';
import { OnrampError } from './errors.ts';
import { cutAttribute, maxAttributeKeyBytes } from './pubsub-limits.ts';

/**
 * What a service printed, taken out of the entry that Cloud Logging made of it. Sinks send entries to Pub/Sub in the JSON
 * form of LogEntry: https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry
 */
export interface Unwrapped {
  /** The JSON text in UTF-8, or the bytes that base64 stood for. */
  readonly content: Buffer;
  /** Facts of the entry, for the attributes of the message. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Attributes of a message that came by the log. `insertId` and `timestamp` together tell an entry from all others. */
export const logAttribute = {
  severity: 'log_severity',
  name: 'log_name',
  insertId: 'log_insert_id',
  timestamp: 'log_timestamp',
  trace: 'log_trace',
  spanId: 'log_span_id',
  /** Before the key of each of the entry’s labels. */
  labelPrefix: 'log_label_',
} as const;

/**
 * @param data a log entry as a sink publishes it
 * @throws OnrampError LOG_ENTRY_UNREADABLE
 */
export function unwrapLogEntry(data: Uint8Array, logs: CatalogueLogs): Unwrapped {
  const entry = mapping(parse(data)) ?? unreadable('it is not a JSON object');
  const parts = JSON.stringify(mapping(entry['split'])?.['totalSplits'] ?? 1);
  if (Number(parts) > 1) unreadable(`Cloud Logging cut it into ${parts} entries, for it was too large`);
  return {
    content: logs.payload === 'json' ? jsonContent(entry, logs.field) : base64Content(entry, logs.field),
    attributes: attributesOf(entry),
  };
}

type Json = Readonly<Record<string, unknown>>;

function unreadable(detail: string): never {
  throw new OnrampError('LOG_ENTRY_UNREADABLE', detail);
}

/** Numbers stay as they were written, so that none is rounded on the way. */
function parse(data: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data), asWritten as (key: string) => unknown);
  } catch {
    return unreadable('it is not JSON');
  }
}

/** TypeScript knows neither the reviver’s third parameter nor `JSON.rawJSON` yet. */
const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown };
const asWritten = (_key: string, value: unknown, { source }: { readonly source: string }): unknown =>
  typeof value === 'number' ? rawJSON(source) : value;

function jsonContent(entry: Json, field: string | undefined): Buffer {
  const value = field === undefined ? entry['jsonPayload'] : fieldOf(entry, field);
  if (value === undefined) return unreadable(absent(entry, field));
  return Buffer.from(JSON.stringify(value));
}

/** Both alphabets, padded or not. */
const base64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

function base64Content(entry: Json, field = printedText): Buffer {
  const value = fieldOf(entry, field);
  if (value === undefined) return unreadable(absent(entry, field));
  if (typeof value !== 'string') return unreadable(`"${field}" is no text`);
  const text = value.trim();
  if (!base64.test(text) || text.replaceAll('=', '').length % 4 === 1) return unreadable(`"${field}" is not base64`);
  return Buffer.from(text, 'base64');
}

/** A line that is no JSON, or JSON with this field alone, becomes `textPayload`. */
const printedText = 'message';

function fieldOf(entry: Json, field: string): unknown {
  const fields = mapping(entry['jsonPayload']);
  if (fields === undefined) return field === printedText ? entry['textPayload'] : undefined;
  return Object.hasOwn(fields, field) ? fields[field] : undefined;
}

function absent(entry: Json, field: string | undefined): string {
  const kind = ['jsonPayload', 'textPayload', 'protoPayload'].find(key => entry[key] !== undefined) ?? 'no payload';
  return field === undefined ? `it has ${kind}, not jsonPayload` : `it has ${kind}, without a field "${field}"`;
}

function attributesOf(entry: Json): Record<string, string> {
  const labels = Object.entries(mapping(entry['labels']) ?? {}).map(([key, value]) => [
    `${logAttribute.labelPrefix}${key}`,
    value,
  ]);
  const facts = [
    [logAttribute.severity, entry['severity'] ?? 'DEFAULT'],
    [logAttribute.name, entry['logName']],
    [logAttribute.insertId, entry['insertId']],
    [logAttribute.timestamp, entry['timestamp']],
    [logAttribute.trace, entry['trace']],
    [logAttribute.spanId, entry['spanId']],
    // Cloud Logging allows 64 labels, so that there are never too many attributes.
    ...labels.slice(0, 64),
  ] as [string, unknown][];
  const kept = facts.flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' && Buffer.byteLength(key) <= maxAttributeKeyBytes ? [[key, cutAttribute(value)]] : [],
  );
  return Object.fromEntries(kept);
}

/** The value when it is a JSON object, which a number as it was written is not. */
const mapping = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
    ? (value as Json)
    : undefined;
