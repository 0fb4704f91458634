import type { Objects } from '../clients/objects.ts';
import { restore } from '../clients/overflow.ts';
import type { Registry } from '../clients/registry.ts';
import type { CatalogueRamp } from '../core/catalogue.ts';
import { decodePayload } from '../core/codec/decode.ts';
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

/**
 * Decodes the events of a batch by their schemas. The outcome of every other message is set: done for one of a ramp
 * without schema, a dead letter for one that cannot be decoded, retry where the registry could not be asked.
 */
export async function decodeEvents(
  messages: readonly Message[],
  outcomes: Outcome[],
  { registry, overflow }: { registry: Registry; overflow: Objects },
): Promise<DecodedEvent[]> {
  const decode = async (message: Message, index: number): Promise<DecodedEvent | undefined> => {
    const event = eventOfHubMessage(await restore(message, overflow));
    const ramp = await registry.ramp(event.ramp);
    if (!ramp.schema) return undefined;
    const name = event.schema ?? ramp.schema.name;
    if (name !== ramp.schema.name) {
      throw new OnrampError('SCHEMA_NOT_OF_RAMP', `ramp ${event.ramp} has ${ramp.schema.name}, not ${name}`);
    }
    const schema = await registry.schema(name, event.schemaVersion ?? ramp.schema.version);
    return { index, event, ramp, schema, row: decodePayload(schema, event.payload) };
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
