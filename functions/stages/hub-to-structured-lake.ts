import type { Objects } from '../clients/objects.ts';
import { type AvroEncoder, avroEncoder } from '../core/codec/avro-record.ts';
import { metadataRow } from '../core/codec/metadata-row.ts';
import type { Schema } from '../core/schema/descriptor-set.ts';
import type { Outcome, Stage } from '../core/stage.ts';
import { type Decoding, decodeEvents } from './decoded-events.ts';
import { LakeFiles } from './lake-files.ts';

export interface HubToStructuredLake extends Decoding {
  readonly lake: Objects;
  readonly now: () => Date;
}

/** Decodes the payloads of the hub by their schemas and writes the records to Avro files by ramp and hour. */
export function createHubToStructuredLake({ lake, now, ...decoding }: HubToStructuredLake): Stage {
  const encoders = new WeakMap<Schema, AvroEncoder>();

  return {
    async handle(messages) {
      const time = now();
      const outcomes: Outcome[] = [];
      const files = new LakeFiles();
      for (const { index, event, schema, row } of await decodeEvents(messages, outcomes, decoding)) {
        let encoder = encoders.get(schema);
        if (!encoder) encoders.set(schema, (encoder = avroEncoder(schema)));
        files.add(index, event.ramp, encoder.schema, encoder.encode([...metadataRow(event, time), ...row]));
      }
      await files.write(lake, time, outcomes);
      return outcomes;
    },
  };
}
