import { attribute, deadLetterAttribute } from '../functions/core/envelope.ts';
import { lakeRecords, rampOfLakeObject } from '../functions/core/lake-path.ts';
import { buckets, topics } from '../functions/core/names.ts';

/** How far the messages of one ramp have come since the start; a message that is delivered again counts again. */
export interface Counts {
  published: number;
  hub: number;
  rawLake: number;
  structuredLake: number;
  warehouse: number;
  deadLetters: number;
}

/** Where a ramp's messages come by. */
export interface MeteredRamp {
  readonly ramp: string;
  readonly topic: string;
  /** `dataset.table`; undefined for a ramp without schema. */
  readonly table: string | undefined;
}

/** Counts what the stand-ins report, so that the state of the pipeline can be shown without asking the stores. */
export interface Meter {
  onPublish(topic: string, messages: readonly { readonly attributes: Readonly<Record<string, string>> }[]): void;
  onObject(bucket: string, name: string, metadata: Readonly<Record<string, string>>): void;
  onAppend(dataset: string, table: string, rows: number): void;
  counts(): ReadonlyMap<string, Readonly<Counts>>;
  /** Tells of every event that comes to the hub from now on. */
  followHub(follower: (ramp: string, eventId: string) => void): void;
}

export function createMeter(project: string, ramps: readonly MeteredRamp[]): Meter {
  const counts = new Map<string, Counts>();
  const of = (ramp: string): Counts => {
    let found = counts.get(ramp);
    if (!found) {
      found = { published: 0, hub: 0, rawLake: 0, structuredLake: 0, warehouse: 0, deadLetters: 0 };
      counts.set(ramp, found);
    }
    return found;
  };
  const byTopic = new Map(ramps.map(({ ramp, topic }) => [topic, of(ramp)]));
  const byTable = new Map(
    ramps.flatMap(({ ramp, table }) => (table === undefined ? [] : [[table, of(ramp)] as const])),
  );
  let follow: ((ramp: string, eventId: string) => void) | undefined;

  return {
    onPublish(topic, messages) {
      const id = topic.slice(topic.lastIndexOf('/') + 1);
      const ramp = byTopic.get(id);
      if (ramp) ramp.published += messages.length;
      if (id !== topics.hub && id !== topics.deadLetter) return;
      for (const { attributes } of messages) {
        // It has been on the hub before.
        if (id === topics.hub && attributes[attribute.replay] !== undefined) continue;
        const address = attributes[attribute.ramp] ?? attributes[deadLetterAttribute.stage] ?? 'unknown/unknown';
        of(address)[id === topics.hub ? 'hub' : 'deadLetters'] += 1;
        if (id === topics.hub) follow?.(address, attributes[attribute.eventId] ?? '');
      }
    },
    onObject(bucket, name, metadata) {
      const ramp = rampOfLakeObject(name);
      const records = Number(metadata[lakeRecords] ?? 0);
      if (ramp === undefined) return;
      if (bucket === buckets.rawLake(project)) of(ramp).rawLake += records;
      if (bucket === buckets.structuredLake(project)) of(ramp).structuredLake += records;
    },
    onAppend(dataset, table, rows) {
      const ramp = byTable.get(`${dataset}.${table}`);
      if (ramp) ramp.warehouse += rows;
    },
    counts: () => counts,
    followHub(follower) {
      follow = follower;
    },
  };
}
