import type { Receipt } from './receipt.ts';

export interface PublishOptions {
  /**
   * Messages of a ramp with the same key arrive in the order of the calls, also when sending was repeated or went by the
   * spool. At most 1,024 bytes.
   */
  readonly orderingKey?: string;
  /** The publisher's own, which travel to the lakes and the warehouse: at most 98, names of 256 and values of 1,024 bytes. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A service's way onto the pipeline, for messages of one type. */
export interface Ramp<Message> {
  /** `<service>/<ramp>` */
  readonly address: string;
  /** Full name of the message type and the version that messages claim; undefined on a ramp without schema. */
  readonly schema: { readonly name: string; readonly version: string } | undefined;
  /**
   * Resolves when the message is safe: Pub/Sub has it, or the spool. Until then it is held in memory; a caller that does
   * not wait for each message waits for `Publisher.room` instead. A message may arrive twice, when the answer of Pub/Sub
   * was lost.
   * @throws OnrampError PUBLISH_MESSAGE_INVALID, PUBLISH_TOO_LARGE, PUBLISH_ATTRIBUTE_INVALID, PUBLISH_REFUSED,
   * PUBLISH_UNAVAILABLE, PUBLISH_OVERRUN, PUBLISHER_CLOSED, SPOOL_FULL, SPOOL_IN_USE, SPOOL_UNWRITABLE
   */
  publish(message: Message, options?: PublishOptions): Promise<Receipt>;
}
