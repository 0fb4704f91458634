/** A message as its publisher hands it over. */
export interface Draft {
  readonly data: Uint8Array;
  readonly attributes: Readonly<Record<string, string>>;
  /** Empty when the publisher set none. */
  readonly orderingKey: string;
  /** The serialised `PubsubMessage`, as it came over the wire or as `encodeDraft` makes it. */
  readonly encoded: Uint8Array;
}

/** A message that the topic has taken. Subscriptions share it. */
export interface Message extends Draft {
  /** Decimal digits, rising in the order of publishing over all topics. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly publishMillis: number;
}

/** RFC 3339 in UTC, as push requests carry it. */
export const publishTimeOf = (message: Message) => new Date(message.publishMillis).toISOString();
