import {
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonObject,
  type JsonValue,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import { fileDesc, messageDesc } from '@bufbuild/protobuf/codegenv2';
import { file_google_protobuf_timestamp } from '@bufbuild/protobuf/wkt';
import type { ExportAddress } from './config.ts';
import { eventsFile } from './events-file.ts';
import { type Instant, instantOf } from './instant.ts';
import type { Interval } from './interval.ts';
import type { OperationType } from './operation.ts';
import type { RunError } from './run.ts';

/** What is told on batch-events; documented field by field in `proto/onramp/batch/v1/events.proto`. */
export interface BatchEvent {
  /** Empty for what concerns a pool. */
  readonly export: ExportAddress | '';
  /** Absent for what concerns no run. */
  readonly interval?: Interval;
  /** 0 for what concerns no attempt. */
  readonly attempt: number;
  readonly occurredAt: Instant;
  readonly event: BatchEventBody;
}

export interface Failure extends RunError {
  /** Whether another attempt can succeed. */
  readonly retryable: boolean;
}

/** `type` is the name of the set field, which is also the attribute `event`. */
export type BatchEventBody =
  | { readonly type: 'export_started' }
  | {
      readonly type: 'export_complete';
      readonly manifest: string;
      readonly rows: number;
      readonly bytes: number;
      readonly losses: number;
    }
  | { readonly type: 'export_failed'; readonly failure: Failure }
  | { readonly type: 'load_started'; readonly manifest: string }
  | { readonly type: 'load_complete'; readonly destination: string; readonly manifest: string; readonly rows: number }
  | { readonly type: 'load_failed'; readonly destination: string; readonly failure: Failure }
  | { readonly type: 'run_failed'; readonly failure: Failure }
  | { readonly type: 'run_done'; readonly rows: number }
  | { readonly type: 'sla_missed'; readonly deadline: Instant }
  | { readonly type: 'sla_at_risk'; readonly deadline: Instant; readonly expected: Instant }
  | { readonly type: 'pool_stuck'; readonly pool: string; readonly waiting: number }
  | { readonly type: 'pool_moving'; readonly pool: string }
  | { readonly type: 'operation_done'; readonly operation: OperationType; readonly runs: number };

/** A message for the topic: payload and the attributes by which subscriptions can filter. */
export interface BatchEventMessage {
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
}

// Made on first use: most functions never tell of an event.
let schema: DescMessage | undefined;
const batchEvent = () => (schema ??= messageDesc(fileDesc(eventsFile, [file_google_protobuf_timestamp]), 0));

export function encodeBatchEvent({
  export: address,
  interval,
  attempt,
  occurredAt,
  event,
}: BatchEvent): BatchEventMessage {
  const { type, ...facts } = event;
  const json = {
    export: address,
    ...(interval && { intervalStart: interval.start, intervalEnd: interval.end }),
    attempt,
    occurredAt,
    // The JSON form of protobuf takes a field by its name in the file, too.
    [type]: facts,
  };
  return {
    data: toBinary(batchEvent(), fromJson(batchEvent(), json as unknown as JsonObject)),
    attributes: {
      event: type,
      ...(address !== '' && { export: address, service: address.replace(/\/.*$/, '') }),
      ...(interval && { interval_start: interval.start }),
    },
  };
}

/** Reads what `encodeBatchEvent` made. Throws an Error for bytes that are no event, or one that is not known here. */
export function decodeBatchEvent(data: Uint8Array): BatchEvent {
  const json = toJson(batchEvent(), fromBinary(batchEvent(), data), {
    alwaysEmitImplicit: true,
    useProtoFieldName: true,
  }) as unknown as JsonEvent;
  const { export: address, interval_start: start, interval_end: end, attempt, occurred_at: at, ...set } = json;
  const [type, facts] = Object.entries(set)[0] ?? [];
  if (type === undefined) throw new Error('the batch event says nothing that is known here');
  return {
    export: address,
    ...(start !== undefined && end !== undefined && { interval: { start: instant(start), end: instant(end) } }),
    attempt,
    occurredAt: at === undefined ? instantOf(0) : instant(at),
    event: { type, ...plain(facts as JsonObject) } as BatchEventBody,
  };
}

interface JsonEvent {
  readonly export: ExportAddress | '';
  readonly interval_start?: string;
  readonly interval_end?: string;
  readonly attempt: number;
  readonly occurred_at?: string;
}

const instant = (text: string): Instant => instantOf(Date.parse(text));

/** The JSON form writes 64-bit numbers as text, and leaves out a timestamp’s fraction when it is zero. */
function plain(facts: JsonObject): JsonObject {
  return Object.fromEntries<JsonValue>(
    Object.entries(facts).map(([name, value]) => {
      if (counts.has(name)) return [name, Number(value)];
      return [name, times.has(name) ? instant(value as string) : value];
    }),
  );
}

const counts = new Set(['rows', 'bytes', 'losses']);
const times = new Set(['deadline', 'expected']);
