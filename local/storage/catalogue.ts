import type { DatabaseSync } from 'node:sqlite';
import type { BucketRecord } from './bucket-record.ts';
import { transaction } from './database.ts';
import type { NotificationConfig, OutgoingMessage } from './notification-config.ts';
import type { ObjectRecord } from './object-record.ts';

/** A place in the order of versions: by the name's bytes, then by generation. */
export interface Place {
  readonly name: Uint8Array;
  readonly generation: number;
}

export interface QueuedMessage extends OutgoingMessage {
  readonly id: number;
}

/** What the stand-in knows: buckets, versions of objects, notification configurations, and messages yet to be sent. */
export interface Catalogue {
  /** Runs `work` in one transaction: all of what it writes, or nothing. */
  atomically<T>(work: () => T): T;
  /** The next number of a counter that never goes back: at least `atLeast`, and above all that it gave before. */
  next(counter: 'generation' | 'notification', atLeast: number): number;

  bucket(name: string): BucketRecord | undefined;
  /** All buckets, by name. */
  buckets(): BucketRecord[];
  putBucket(bucket: BucketRecord): void;
  /** Removes it with its notification configurations. */
  deleteBucket(name: string): void;
  /** The IAM policy as it was set; undefined before. */
  policy(bucket: string): string | undefined;
  setPolicy(bucket: string, policy: string): void;

  live(bucket: string, name: string): ObjectRecord | undefined;
  version(bucket: string, name: string, generation: number): ObjectRecord | undefined;
  /** A version with `timeDeleted` is not live. The earlier live version must be gone or not live by then. */
  putObject(record: ObjectRecord): void;
  deleteObject(record: ObjectRecord): void;
  /** Versions from a place on, at most `limit`, and only before the name `until` if that is given. */
  scan(bucket: string, from: Place, until: Uint8Array | undefined, versions: boolean, limit: number): ObjectRecord[];
  hasObjects(bucket: string): boolean;
  /** Ids of all content files in use. */
  contents(): Iterable<string>;

  notifications(bucket: string): NotificationConfig[];
  putNotification(bucket: string, config: NotificationConfig): void;
  deleteNotification(bucket: string, id: string): boolean;

  enqueue(message: OutgoingMessage): number;
  queued(): QueuedMessage[];
  dequeue(id: number): void;
  close(): void;
}

export function openCatalogue(database: DatabaseSync): Catalogue {
  const sql = statements(database);
  const nameBytes = (name: string) => Buffer.from(name);
  // A record is what `JSON.stringify` made of one, so that it is not checked again.
  const recordOf = (row: Row) => JSON.parse(row['record'] as string) as unknown;
  const one = (row: Row | undefined) => (row ? recordOf(row) : undefined);

  return {
    atomically: work => transaction(database, work),
    next: (counter, atLeast) => Number(sql.next.get(counter, atLeast)?.['value']),

    bucket: name => one(sql.bucket.get(name)) as BucketRecord | undefined,
    buckets: () => sql.buckets.all().map(recordOf) as BucketRecord[],
    putBucket: bucket => void sql.putBucket.run(bucket.name, JSON.stringify(bucket)),
    deleteBucket(name) {
      sql.deleteNotifications.run(name);
      sql.deleteBucket.run(name);
    },
    policy: bucket => (sql.policy.get(bucket)?.['policy'] as string | null | undefined) ?? undefined,
    setPolicy: (bucket, policy) => void sql.setPolicy.run(policy, bucket),

    live: (bucket, name) => one(sql.live.get(bucket, nameBytes(name))) as ObjectRecord | undefined,
    version: (bucket, name, generation) =>
      one(sql.version.get(bucket, nameBytes(name), generation)) as ObjectRecord | undefined,
    putObject: record =>
      void sql.putObject.run(
        record.bucket,
        nameBytes(record.name),
        record.generation,
        record.timeDeleted === undefined ? 1 : 0,
        record.content,
        JSON.stringify(record),
      ),
    deleteObject: record => void sql.deleteObject.run(record.bucket, nameBytes(record.name), record.generation),
    scan(bucket, from, until, versions, limit) {
      const statement = versions ? sql.scanVersions : sql.scanLive;
      // No name is longer than 1,024 bytes, so this is after all of them.
      const end = until ?? Buffer.alloc(1025, 0xff);
      return statement.all(bucket, from.name, from.generation, end, limit).map(recordOf) as ObjectRecord[];
    },
    hasObjects: bucket => sql.anyObject.get(bucket) !== undefined,
    *contents() {
      for (const row of sql.contents.iterate()) yield row['content'] as string;
    },

    notifications: bucket => sql.notifications.all(bucket).map(recordOf) as NotificationConfig[],
    putNotification: (bucket, config) =>
      void sql.putNotification.run(bucket, Number(config.id), JSON.stringify(config)),
    deleteNotification: (bucket, id) => /^\d+$/.test(id) && sql.deleteNotification.run(bucket, id).changes === 1,

    enqueue: message =>
      Number(sql.enqueue.run(message.topic, message.data, JSON.stringify(message.attributes)).lastInsertRowid),
    queued: () =>
      sql.queued.all().map(row => ({
        id: row['id'] as number,
        topic: row['topic'] as string,
        data: row['data'] as Uint8Array,
        attributes: JSON.parse(row['attributes'] as string) as Record<string, string>,
      })),
    dequeue: id => void sql.dequeue.run(id),
    close: () => database.close(),
  };
}

type Row = Record<string, unknown>;

function statements(database: DatabaseSync) {
  const prepare = (text: string) => database.prepare(text);
  const scan = (live: string) =>
    prepare(
      `SELECT record FROM object WHERE bucket = ? ${live} AND (name, generation) >= (?, ?) AND name < ?
       ORDER BY name, generation LIMIT ?`,
    );
  return {
    next: prepare(
      `INSERT INTO counter (name, value) VALUES (?1, ?2)
       ON CONFLICT (name) DO UPDATE SET value = max(value + 1, ?2) RETURNING value`,
    ),
    bucket: prepare('SELECT record FROM bucket WHERE name = ?'),
    buckets: prepare('SELECT record FROM bucket ORDER BY name'),
    putBucket: prepare(
      'INSERT INTO bucket (name, record) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET record = excluded.record',
    ),
    deleteBucket: prepare('DELETE FROM bucket WHERE name = ?'),
    policy: prepare('SELECT policy FROM bucket WHERE name = ?'),
    setPolicy: prepare('UPDATE bucket SET policy = ? WHERE name = ?'),
    live: prepare('SELECT record FROM object WHERE bucket = ? AND name = ? AND live = 1'),
    version: prepare('SELECT record FROM object WHERE bucket = ? AND name = ? AND generation = ?'),
    putObject: prepare(
      `INSERT INTO object (bucket, name, generation, live, content, record) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (bucket, name, generation) DO UPDATE SET live = excluded.live, record = excluded.record`,
    ),
    deleteObject: prepare('DELETE FROM object WHERE bucket = ? AND name = ? AND generation = ?'),
    scanLive: scan('AND live = 1'),
    scanVersions: scan(''),
    anyObject: prepare('SELECT 1 FROM object WHERE bucket = ? LIMIT 1'),
    contents: prepare('SELECT content FROM object'),
    notifications: prepare('SELECT record FROM notification WHERE bucket = ? ORDER BY id'),
    putNotification: prepare('INSERT INTO notification (bucket, id, record) VALUES (?, ?, ?)'),
    deleteNotification: prepare('DELETE FROM notification WHERE bucket = ? AND id = ?'),
    deleteNotifications: prepare('DELETE FROM notification WHERE bucket = ?'),
    enqueue: prepare('INSERT INTO outbox (topic, data, attributes) VALUES (?, ?, ?)'),
    queued: prepare('SELECT id, topic, data, attributes FROM outbox ORDER BY id'),
    dequeue: prepare('DELETE FROM outbox WHERE id = ?'),
  };
}
