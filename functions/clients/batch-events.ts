import { type BatchEvent, encodeBatchEvent } from '../core/batch/events.ts';
import { messageOfError } from '../log.ts';
import type { Publish } from './publisher.ts';

/** Tells of what happens. Resolves when it is durable in the topic, and rejects when it could not be told. */
export type Tell = (event: BatchEvent) => Promise<void>;

/** Events of one export, and those of one pool, are ordered for who reads them in order. */
export function tellOn(publish: Publish): Tell {
  return async event => {
    const { data, attributes } = encodeBatchEvent(event);
    const orderingKey = event.export === '' && 'pool' in event.event ? `pool ${event.event.pool}` : event.export;
    const [failed] = await publish([{ data, attributes, orderingKey }]);
    if (failed !== undefined) throw new Error(messageOfError(failed), { cause: failed });
  };
}
