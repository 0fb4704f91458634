import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Queue, Task } from './resources.ts';

/**
 * Queues, tasks and the names of tasks that are gone, in one SQLite file. A commit is in the operating system's hands
 * before the call that made it is answered, so that it survives `kill -9`.
 */
export interface Store {
  queues(): Queue[];
  putQueue(queue: Queue): void;
  /** With its tasks. */
  deleteQueue(name: string): void;
  /** Those of one queue, in the order of their creation. */
  tasks(queue: string): Task[];
  putTask(queue: string, task: Task): void;
  /** Its name stays taken until `until`, in milliseconds since 1970. */
  endTask(name: string, until: number): void;
  /** Whether a task that is gone had the name, and the name is not free yet. */
  isSpent(name: string, now: number): boolean;
  close(): void;
}

const schema = `
  CREATE TABLE IF NOT EXISTS queue (name TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS task (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, queue TEXT NOT NULL, body BLOB NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS task_of_queue ON task (queue);
  CREATE TABLE IF NOT EXISTS spent (name TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT;
`;

export function openStore(folder: string): Store {
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, 'tasks.sqlite'));
  // Exclusive, so that a second instance fails at once; WAL and NORMAL, so that a commit needs no disk flush.
  database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  database.exec(schema);
  const statements = {
    queues: database.prepare('SELECT record FROM queue ORDER BY name'),
    putQueue: database.prepare('INSERT OR REPLACE INTO queue (name, record) VALUES (?, ?)'),
    deleteQueue: database.prepare('DELETE FROM queue WHERE name = ?'),
    deleteTasks: database.prepare('DELETE FROM task WHERE queue = ?'),
    tasks: database.prepare('SELECT record, body FROM task WHERE queue = ? ORDER BY id'),
    putTask: database.prepare(
      `INSERT INTO task (name, queue, body, record) VALUES (?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET record = excluded.record`,
    ),
    endTask: database.prepare('DELETE FROM task WHERE name = ?'),
    spend: database.prepare('INSERT OR REPLACE INTO spent (name, until) VALUES (?, ?)'),
    isSpent: database.prepare('SELECT 1 FROM spent WHERE name = ? AND until > ?'),
  };

  return {
    queues: () => statements.queues.all().map(({ record }) => JSON.parse(record as string) as Queue),
    putQueue: queue => void statements.putQueue.run(queue.name, JSON.stringify(queue)),
    deleteQueue(name) {
      statements.deleteTasks.run(name);
      statements.deleteQueue.run(name);
    },
    tasks: queue =>
      statements.tasks.all(queue).map(({ record, body }) => {
        const task = JSON.parse(record as string) as Task;
        return { ...task, httpRequest: { ...task.httpRequest, body: Buffer.from(body as Uint8Array) } };
      }),
    putTask(queue, task) {
      const { body, ...httpRequest } = task.httpRequest;
      statements.putTask.run(task.name, queue, body, JSON.stringify({ ...task, httpRequest }));
    },
    endTask(name, until) {
      statements.endTask.run(name);
      statements.spend.run(name, until);
    },
    isSpent: (name, now) => statements.isSpent.get(name, now) !== undefined,
    close: () => database.close(),
  };
}
