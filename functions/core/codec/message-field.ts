import type { DescField, Message } from '@bufbuild/protobuf';

/**
 * A message as the protobuf runtime holds it in memory. A map is an object by the keys' text, a singular wrapper
 * outside of a oneof is what it wraps, and a Struct outside of a Value is plain JSON.
 */
export type MessageObject = Readonly<Record<string, unknown>>;

export const objectOf = (message: Message) => message as unknown as MessageObject;

/** Reads a field of a message: undefined when it has presence and is not set. */
export function fieldReader(field: DescField): (message: MessageObject) => unknown {
  const name = field.localName;
  if (field.oneof !== undefined) {
    const oneof = field.oneof.localName;
    return message => {
      const chosen = message[oneof] as { case: string | undefined; value?: unknown };
      return chosen.case === name ? chosen.value : undefined;
    };
  }
  // The prototype of a proto2 message holds defaults, which are not values.
  return message => (Object.hasOwn(message, name) ? message[name] : undefined);
}

/** The fields of an in-memory map, in no order. Its keys are in the text form that protobuf's JSON gives them. */
export const mapEntries = (map: unknown) => Object.entries(map as Readonly<Record<string, unknown>>);
