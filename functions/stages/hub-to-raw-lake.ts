import type { Objects } from '../clients/objects.ts';
import { restore } from '../clients/overflow.ts';
import { encodeRawRecord, rawRecordSchema } from '../core/codec/raw-record.ts';
import { eventOfHubMessage } from '../core/envelope.ts';
import type { Outcome, Stage } from '../core/stage.ts';
import { LakeFiles } from './lake-files.ts';

export interface HubToRawLake {
  readonly lake: Objects;
  readonly overflow: Objects;
  readonly now: () => Date;
}

/** Writes every payload of the hub, byte for byte, to Avro files by ramp and hour. */
export function createHubToRawLake({ lake, overflow, now }: HubToRawLake): Stage {
  const schema = JSON.stringify(rawRecordSchema);
  return {
    async handle(messages) {
      const time = now();
      const outcomes: Outcome[] = [];
      const files = new LakeFiles();
      const restored = await Promise.allSettled(messages.map(message => restore(message, overflow)));
      restored.forEach((result, index) => {
        if (result.status === 'rejected') {
          outcomes[index] = { kind: 'retry', error: result.reason };
          return;
        }
        const event = eventOfHubMessage(result.value);
        files.add(index, event.ramp, schema, encodeRawRecord(event, time));
      });
      await files.write(lake, time, outcomes);
      return outcomes;
    },
  };
}
