import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import { attribute } from '../functions/core/envelope.ts';
import { OnrampError } from '../functions/core/errors.ts';
import { parseRampAddress, topics } from '../functions/core/names.ts';
import { checkAttributes, checkLength, checkOrderingKey } from './message-limits.ts';
import { type PublisherOptions, type Settings, settingsOf } from './options.ts';
import type { PublishOptions, Ramp } from './ramp.ts';
import type { Receipt } from './receipt.ts';
import { type DynamicMessage, DynamicSchema, generatedSchema, type MessageSchema } from './schema/message-schema.ts';
import { Sender } from './sender.ts';
import { Printer } from './stdout.ts';
import { encodeAttributes, encodeTopic, messageLength } from './wire.ts';

/** Publishes on ramps. One per process is enough for all of a service's ramps. */
export interface Publisher extends AsyncDisposable {
  /** A ramp without schema: any bytes. */
  ramp(address: string): Ramp<Uint8Array>;
  /** A ramp whose messages are plain objects, checked when they are published. */
  ramp(address: string, schema: DynamicSchema): Ramp<DynamicMessage>;
  /** A ramp whose messages the compiler checks: `schema` is what protoc-gen-es generated. */
  ramp<Desc extends DescMessage>(address: string, schema: Desc): Ramp<MessageInitShape<Desc>>;
  /**
   * Resolves when there is room for more in memory: what a loop waits for that does not wait for each message.
   * @throws what keeps the spool from being opened, such as SPOOL_IN_USE
   */
  room(): Promise<void>;
  /** Sends what is held without waiting for batches to fill; resolves once every message so far is safe or refused. */
  flush(): Promise<void>;
  /**
   * Flushes, and lets go of the connection and the spool's folder. After `millis` (by default there is no end) what Pub/Sub
   * does not have is spooled or, without spool, refused.
   */
  close(millis?: number): Promise<void>;
  /** What is on its way: for metrics and health checks. */
  readonly held: { readonly messages: number; readonly bytes: number; readonly spoolBytes: number };
}

/**
 * Makes a publisher. It connects with the first message: to PUBSUB_EMULATOR_HOST where that is set, else to Google Cloud
 * with the application default credentials.
 * @throws OnrampError PUBLISHER_MISCONFIGURED
 */
export function createPublisher(options: PublisherOptions): Publisher {
  const settings = settingsOf(options);
  return settings.logs === undefined ? sendingPublisher(settings) : printingPublisher(new Printer(settings.logs));
}

/** Takes a message of a ramp whose bytes are known. */
type Take = (data: Uint8Array, options: PublishOptions) => Promise<Receipt>;

type OpenRamp = (service: string, ramp: string, schema: MessageSchema<never> | undefined) => Take;

function sendingPublisher(settings: Settings): Publisher {
  const sender = new Sender(settings);
  const noAttributes = Buffer.alloc(0);

  const open: OpenRamp = (service, ramp, schema) => {
    const name = `projects/${settings.project}/topics/${topics.ramp(service, ramp)}`;
    const topic = { name, head: encodeTopic(name) };
    const claim = schema && { [attribute.schema]: schema.name, [attribute.schemaVersion]: schema.version };
    const claimBytes = claim === undefined ? noAttributes : encodeAttributes(claim);
    return (data, { attributes, orderingKey = '' }) => {
      let attributeBytes = claimBytes;
      if (attributes !== undefined) {
        checkAttributes(attributes);
        attributeBytes = encodeAttributes({ ...attributes, ...claim });
      }
      if (orderingKey !== '') checkOrderingKey(orderingKey);
      if (data.length === 0 && attributeBytes.length === 0) {
        throw new OnrampError('PUBLISH_MESSAGE_INVALID', 'Pub/Sub takes no message without bytes and attributes');
      }
      const message = { data, attributes: attributeBytes, orderingKey: Buffer.from(orderingKey) };
      checkLength(messageLength(message));
      return sender.send(topic, orderingKey, message);
    };
  };

  return {
    ramp: rampsOf(open),
    room: () => sender.room(),
    flush: () => sender.flush(),
    close: millis => sender.close(millis),
    [Symbol.asyncDispose]: () => sender.close(),
    get held() {
      return sender.held;
    },
  };
}

function printingPublisher(printer: Printer): Publisher {
  let closed = false;
  let messages = 0;
  const open: OpenRamp =
    (service, ramp, schema) =>
    (data, { attributes = {}, orderingKey = '' }) => {
      if (closed) throw new OnrampError('PUBLISHER_CLOSED', `${service}/${ramp}: the publisher has been closed`);
      if (orderingKey !== '') throw new OnrampError('PUBLISHER_MISCONFIGURED', 'Cloud Logging keeps no ordering key');
      checkAttributes(attributes);
      messages += 1;
      return printer.print({ ramp: `${service}/${ramp}`, data, schema, attributes }).finally(() => (messages -= 1));
    };
  const close = () => {
    closed = true;
    return printer.flush();
  };
  return {
    ramp: rampsOf(open),
    room: () => printer.room(),
    flush: () => printer.flush(),
    close,
    [Symbol.asyncDispose]: close,
    get held() {
      return { messages, bytes: printer.heldBytes, spoolBytes: 0 };
    },
  };
}

/** The three forms of `Publisher.ramp`, on what takes bytes. */
function rampsOf(open: OpenRamp): Publisher['ramp'] {
  const ramp = (address: string, type?: DynamicSchema | DescMessage): Ramp<never> => {
    const parsed = parseRampAddress(address);
    if (parsed === undefined) {
      const detail = `"${address}" is no address of a ramp, which is <service>/<ramp>, such as payment/payment-event`;
      throw new OnrampError('PUBLISHER_MISCONFIGURED', detail);
    }
    const schema: MessageSchema<never> | undefined =
      type === undefined || type instanceof DynamicSchema ? type : generatedSchema(type);
    const take = open(parsed.service, parsed.ramp, schema);
    return {
      address,
      schema: schema && { name: schema.name, version: schema.version },
      // Not async, which would cost a promise more per message; what is thrown becomes a rejection nevertheless.
      publish(message, options = {}) {
        try {
          return take(schema === undefined ? bytesOf(message) : schema.encode(message), options);
        } catch (error) {
          return Promise.reject(error instanceof Error ? error : new Error(String(error)));
        }
      },
    };
  };
  return ramp;
}

function bytesOf(message: unknown): Uint8Array {
  if (message instanceof Uint8Array) return message;
  throw new OnrampError('PUBLISH_MESSAGE_INVALID', 'on a ramp without schema a message is a Uint8Array');
}
