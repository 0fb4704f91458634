import type { Event } from '../envelope.ts';
import { compareText } from './map-order.ts';
import type { Row } from './row.ts';
import { microsOfRfc3339 } from './timestamp.ts';

/** The values of the metadata columns, in the order of `metadataColumns`. */
export function metadataRow(event: Event, processingTime: Date): Row {
  return [
    event.eventId,
    event.ramp,
    // Only a message that somebody put on the hub by hand can have a time that is none; it is not lost for that.
    microsOfRfc3339(event.publishTime) ?? null,
    BigInt(processingTime.getTime()) * 1000n,
    event.schema ?? null,
    event.schemaVersion ?? null,
    event.orderingKey === '' ? null : event.orderingKey,
    Object.entries(event.attributes).sort(([a], [b]) => compareText(a, b)),
    event.sha256 === '' ? null : event.sha256,
  ];
}
