import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { fromBinary, toJson } from '@bufbuild/protobuf';
import { attribute } from '../functions/core/envelope.ts';
import { OnrampError } from '../functions/core/errors.ts';
import type { LogLayout } from './options.ts';
import type { Receipt } from './receipt.ts';
import type { MessageSchema } from './schema/message-schema.ts';

/** What is printed of one message. */
export interface Printable {
  readonly ramp: string;
  readonly data: Uint8Array;
  readonly schema: Pick<MessageSchema<never>, 'message'> | undefined;
  readonly attributes: Readonly<Record<string, string>>;
}

/** https://cloud.google.com/logging/quotas#log-limits: an entry; labels and what Cloud Logging adds need some of it. */
const maxLineBytes = 256 * 1000 - 4096;

/** Labels of an entry: https://cloud.google.com/logging/docs/structured-logging#structured_logging_special_fields */
const labelsField = 'logging.googleapis.com/labels';
/** Fields that Cloud Logging's agents take out of a printed object. */
const taken =
  /^(severity|message|time|timestamp|timestampSeconds|timestampNanos|httpRequest|logging\.googleapis\.com\/.*)$/;

const printed: Receipt = { at: 'stdout' };

/** Prints messages, one line of JSON each, for Cloud Logging to bring them to their ramps. */
export class Printer {
  readonly #layout: LogLayout;
  readonly #stream: Writable;
  /** Settled once everything printed so far has left the process. */
  #last: Promise<void> = Promise.resolve();

  constructor(layout: LogLayout) {
    this.#layout = layout;
    this.#stream = layout.stream ?? process.stdout;
  }

  /** Bytes that the stream has taken but not passed on. */
  get heldBytes(): number {
    return this.#stream.writableLength;
  }

  /**
   * Resolves once the line has left the process.
   * @throws OnrampError PUBLISH_TOO_LARGE, PUBLISHER_MISCONFIGURED
   */
  print(message: Printable): Promise<Receipt> {
    const line = `${JSON.stringify(this.#entryOf(message))}\n`;
    const bytes = Buffer.byteLength(line);
    if (bytes > maxLineBytes) {
      throw new OnrampError(
        'PUBLISH_TOO_LARGE',
        `the line takes ${bytes} bytes, and a log entry holds ${maxLineBytes}`,
      );
    }
    const written = new Promise<void>((resolve, reject) => {
      this.#stream.write(line, error => (error ? reject(error) : resolve()));
    });
    this.#last = written.catch(() => undefined);
    return written.then(() => printed);
  }

  /** Resolves when the stream takes more. */
  async room(): Promise<void> {
    while (this.#stream.writableNeedDrain) await once(this.#stream, 'drain');
  }

  flush(): Promise<void> {
    return this.#last;
  }

  #entryOf({ ramp, data, schema, attributes }: Printable): object {
    const head = { severity: 'INFO', [labelsField]: { [attribute.ramp]: ramp, ...attributes } };
    const { payload, field } = this.#layout;
    if (payload === 'base64') return { ...head, [field ?? 'message']: Buffer.from(data).toString('base64') };
    if (schema === undefined) {
      throw new OnrampError(
        'PUBLISHER_MISCONFIGURED',
        `${ramp} has no schema: bytes are printed with payload "base64"`,
      );
    }
    const json = toJson(schema.message, fromBinary(schema.message, data));
    if (field !== undefined) return { ...head, [field]: json };
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw new OnrampError('PUBLISHER_MISCONFIGURED', `${ramp}: the message’s JSON is no object; name a field for it`);
    }
    const lost = Object.keys(json).find(key => taken.test(key));
    if (lost !== undefined) {
      const detail = `${ramp}: Cloud Logging would take the field "${lost}" for its own; name a field for the payload`;
      throw new OnrampError('PUBLISHER_MISCONFIGURED', detail);
    }
    return { ...json, ...head };
  }
}
