import { invalid, objectNotFound } from './api-error.ts';
import { isVersioned, storageClassOf } from './bucket-record.ts';
import { bucketOf } from './buckets.ts';
import type { Catalogue } from './catalogue.ts';
import type { ContentFolder } from './content.ts';
import { objectNameProblem } from './names.ts';
import { messagesOf, type ObjectEvent } from './notification-config.ts';
import type { ObjectRecord } from './object-record.ts';
import type { ObjectSettings } from './object-settings.ts';
import type { Outbox } from './outbox.ts';
import { demand, type Preconditions } from './preconditions.ts';

/** Content that is written in full and is to become a version. */
export interface NewVersion {
  readonly bucket: string;
  readonly name: string;
  readonly settings: ObjectSettings;
  /** The bucket's default when absent. */
  readonly storageClass?: string | undefined;
  readonly componentCount?: number | undefined;
  readonly written: {
    readonly content: string;
    readonly size: number;
    readonly crc32c: string;
    readonly md5Hash?: string | undefined;
  };
}

/** Names an object, and a version of it when `generation` is given; else the live one. */
export interface ObjectAddress {
  readonly bucket: string;
  readonly name: string;
  readonly generation?: number | undefined;
}

/**
 * The changes of objects. Each is one synchronous transaction, so that a precondition holds when its change is made,
 * and everybody sees a change at once or not at all.
 */
export interface Objects {
  /** Throws 404 when the bucket or the version is not there. */
  find(address: ObjectAddress): ObjectRecord;
  /** Throws what a later `create` would throw, as far as that is known before the content is. */
  checkCreate(bucket: string, name: string, conditions: Preconditions): void;
  /**
   * Makes content a live version; `mayReplace` is called, and may throw, if there is one already. The content is
   * removed if this throws.
   */
  create(version: NewVersion, conditions: Preconditions, mayReplace: () => void): ObjectRecord;
  /** As `create`, and removes the live version of `source` in the same moment. */
  move(
    source: ObjectAddress,
    sourceConditions: Preconditions,
    version: NewVersion,
    conditions: Preconditions,
    mayReplace: () => void,
  ): ObjectRecord;
  update(
    address: ObjectAddress,
    conditions: Preconditions,
    change: (settings: ObjectSettings) => ObjectSettings,
  ): ObjectRecord;
  /** Removes a version for ever; without generation in a versioned bucket, keeps it as noncurrent. */
  remove(address: ObjectAddress, conditions: Preconditions): void;
}

/** What is to happen once a transaction is committed. */
interface Effects {
  readonly events: ObjectEvent[];
  /** Ids of content that nothing names any more. */
  readonly dropped: string[];
}

/** Sees every object once it is there, with its custom metadata. */
export type OnObject = (bucket: string, name: string, metadata: Readonly<Record<string, string>>) => void;

export function createObjects(
  catalogue: Catalogue,
  folder: ContentFolder,
  outbox: Outbox,
  clock: { now(): number },
  onObject: OnObject = () => undefined,
): Objects {
  const time = () => new Date(clock.now()).toISOString();
  // What cannot be removed now is removed at the next start.
  const drop = (content: string) => void folder.remove(content).catch(() => undefined);

  const change = <T>(work: (effects: Effects) => T): T => {
    const effects: Effects = { events: [], dropped: [] };
    const { result, send } = catalogue.atomically(() => {
      const result = work(effects);
      const messages = effects.events.flatMap(event => messagesOf(event, catalogue.notifications(event.object.bucket)));
      return { result, send: outbox.put(messages) };
    });
    send();
    effects.dropped.forEach(drop);
    for (const { type, object } of effects.events) {
      if (type === 'OBJECT_FINALIZE') onObject(object.bucket, object.name, object.settings.metadata ?? {});
    }
    return result;
  };

  const find = ({ bucket, name, generation }: ObjectAddress): ObjectRecord => {
    bucketOf(catalogue, bucket);
    const record =
      generation === undefined ? catalogue.live(bucket, name) : catalogue.version(bucket, name, generation);
    if (!record) throw objectNotFound(bucket, name);
    return record;
  };

  const checkCreate = (bucket: string, name: string, conditions: Preconditions): ObjectRecord | undefined => {
    bucketOf(catalogue, bucket);
    const problem = objectNameProblem(name);
    if (problem) throw invalid(`Invalid object name: ${problem}.`);
    const live = catalogue.live(bucket, name);
    demand(live, conditions);
    return live;
  };

  /** Ends the life of the live version: kept in a versioned bucket, else gone. */
  const retire = (live: ObjectRecord, effects: Effects, overwrittenByGeneration?: number): void => {
    const now = time();
    const by = overwrittenByGeneration === undefined ? {} : { overwrittenByGeneration };
    if (isVersioned(bucketOf(catalogue, live.bucket))) {
      const archived = { ...live, timeDeleted: now };
      catalogue.putObject(archived);
      effects.events.push({ type: 'OBJECT_ARCHIVE', object: archived, time: now, ...by });
    } else {
      catalogue.deleteObject(live);
      effects.dropped.push(live.content);
      effects.events.push({ type: 'OBJECT_DELETE', object: live, time: now, ...by });
    }
  };

  const put = (
    version: NewVersion,
    conditions: Preconditions,
    mayReplace: () => void,
    effects: Effects,
  ): ObjectRecord => {
    const { bucket, name, settings, componentCount } = version;
    const { content, size, crc32c, md5Hash } = version.written;
    const live = checkCreate(bucket, name, conditions);
    if (live) mayReplace();
    const now = time();
    const record: ObjectRecord = {
      bucket,
      name,
      generation: catalogue.next('generation', Math.floor(clock.now() * 1000)),
      metageneration: 1,
      size,
      crc32c,
      ...(md5Hash === undefined ? {} : { md5Hash }),
      ...(componentCount === undefined ? {} : { componentCount }),
      storageClass: version.storageClass ?? storageClassOf(bucketOf(catalogue, bucket)),
      timeCreated: now,
      updated: now,
      settings,
      content,
    };
    if (live) retire(live, effects, record.generation);
    catalogue.putObject(record);
    const overwrote = live ? { overwroteGeneration: live.generation } : {};
    effects.events.push({ type: 'OBJECT_FINALIZE', object: record, time: now, ...overwrote });
    return record;
  };

  /** Changes, and removes new content if the change is refused. */
  const changeWith = <T>(content: string, work: (effects: Effects) => T): T => {
    try {
      return change(work);
    } catch (error) {
      drop(content);
      throw error;
    }
  };

  return {
    find,
    checkCreate: (bucket, name, conditions) => void checkCreate(bucket, name, conditions),
    create: (version, conditions, mayReplace) =>
      changeWith(version.written.content, effects => put(version, conditions, mayReplace, effects)),
    move: (source, sourceConditions, version, conditions, mayReplace) =>
      changeWith(version.written.content, effects => {
        const moved = find(source);
        demand(moved, sourceConditions);
        const record = put(version, conditions, mayReplace, effects);
        retire(moved, effects);
        return record;
      }),
    update: (address, conditions, patch) =>
      change(effects => {
        const current = find(address);
        demand(current, conditions);
        const updated = {
          ...current,
          metageneration: current.metageneration + 1,
          updated: time(),
          settings: patch(current.settings),
        };
        catalogue.putObject(updated);
        effects.events.push({ type: 'OBJECT_METADATA_UPDATE', object: updated, time: updated.updated });
        return updated;
      }),
    remove: (address, conditions) =>
      change(effects => {
        const target = find(address);
        demand(target, conditions);
        if (address.generation === undefined) {
          retire(target, effects);
          return;
        }
        catalogue.deleteObject(target);
        effects.dropped.push(target.content);
        effects.events.push({ type: 'OBJECT_DELETE', object: target, time: time() });
      }),
  };
}
