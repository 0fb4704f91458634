import type { Objects } from '../clients/objects.ts';
import { restore } from '../clients/overflow.ts';
import type { Registry } from '../clients/registry.ts';
import type { CatalogueRamp } from '../core/catalogue.ts';
import { readPayload } from '../core/codec/decode.ts';
import type { Masker } from '../core/codec/masker.ts';
import type { Row } from '../core/codec/row.ts';
import { type Event, eventOfHubMessage } from '../core/envelope.ts';
import { OnrampError } from '../core/errors.ts';
import type { Schema } from '../core/schema/descriptor-set.ts';
import { done, type Message, type Outcome } from '../core/stage.ts';
import { outcomeOfError } from './outcome-of-error.ts';

/** An event whose payload could be decoded, with its place in the batch. */
export interface DecodedEvent {
  readonly index: number;
  readonly event: Event;
  readonly ramp: CatalogueRamp;
  readonly schema: Schema;
  /** The values of the schema's columns, without Onramp's own. */
  readonly row: Row;
}

/** What decoding needs; without a masker a value that is to be masked by HMAC is tried again later. */
export interface Decoding {
  readonly registry: Registry;
  readonly overflow: Objects;
  readonly masker: Masker | undefined;
}

/**
 * Decodes the events of a batch by their schemas. The outcome of every other message is set: done for one of a ramp
 * without schema, a dead letter for one that cannot be decoded, retry where the registry could not be asked or a masking
 * key is missing.
 */
export async function decodeEvents(
  messages: readonly Message[],
  outcomes: (Outcome | Promise<Outcome>)[],
  { registry, overflow, masker }: Decoding,
): Promise<DecodedEvent[]> {
  const read = async (name: string, version: string, payload: Uint8Array): Promise<{ schema: Schema; row: Row }> => {
    const schema = await registry.schema(name, version);
    const { row, unknownFields } = readPayload(schema, payload, masker);
    // A version may have been published so lately that the ramp did not know of it yet, and its fields would be left out.
    const newer = unknownFields ? await registry.newer(name, version) : undefined;
    if (newer === undefined) return { schema, row };
    return read(name, newer, payload).catch((error: unknown) => {
      // It is of the older version after all.
      if (outcomeOfError(error).kind === 'dead-letter') return { schema, row };
      throw error;
    });
  };
  const decode = async (message: Message, index: number): Promise<DecodedEvent | undefined> => {
    const delivered = eventOfHubMessage(await restore(message, overflow));
    const ramp = await registry.ramp(delivered.ramp);
    if (!ramp.schema) return undefined;
    const name = delivered.schema ?? ramp.schema.name;
    if (name !== ramp.schema.name) {
      throw new OnrampError('SCHEMA_NOT_OF_RAMP', `ramp ${delivered.ramp} has ${ramp.schema.name}, not ${name}`);
    }
    const version = delivered.schemaVersion ?? (await registry.current(name));
    if (version === undefined) throw new OnrampError('SCHEMA_UNKNOWN_VERSION', `of ${name} no version is published`);
    const { schema, row } = await read(name, version, delivered.payload);
    const event = { ...delivered, schema: name, schemaVersion: schema.version };
    return { index, event, ramp, schema, row };
  };

  const decoded = await Promise.all(
    messages.map((message, index) =>
      decode(message, index).catch((error: unknown) => {
        outcomes[index] = outcomeOfError(error);
      }),
    ),
  );
  decoded.forEach((event, index) => {
    if (!event) outcomes[index] ??= done;
  });
  return decoded.filter(event => event !== undefined);
}
