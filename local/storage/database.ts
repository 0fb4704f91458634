import { DatabaseSync } from 'node:sqlite';

/**
 * The metadata, in one SQLite file. Names are kept as UTF-8 bytes, because the product orders them by those. A commit is
 * in the operating system's hands before the call that made it is answered, so it survives `kill -9`.
 */
const schema = `
  CREATE TABLE IF NOT EXISTS bucket (
    name TEXT PRIMARY KEY, record TEXT NOT NULL, policy TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS object (
    bucket TEXT NOT NULL, name BLOB NOT NULL, generation INTEGER NOT NULL,
    live INTEGER NOT NULL, content TEXT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (bucket, name, generation)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX IF NOT EXISTS live_object ON object (bucket, name) WHERE live = 1;
  CREATE TABLE IF NOT EXISTS notification (
    bucket TEXT NOT NULL, id INTEGER NOT NULL, record TEXT NOT NULL, PRIMARY KEY (bucket, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, data BLOB NOT NULL, attributes TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
`;

/** Opens the file, which is then locked. Throws an error that says so when another process has it. */
export function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    // Exclusive, so that a second instance fails at once; WAL and NORMAL, so that a commit needs no disk flush.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    database.exec(schema);
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === 5) {
      throw new Error(`another process is using ${file}`, { cause: error });
    }
    throw error;
  }
  return database;
}

/** Runs `work` in one transaction: all of what it writes, or nothing. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
