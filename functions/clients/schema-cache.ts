import type { Schema } from '../core/schema/descriptor-set.ts';

/** A schema, and the size of the descriptor set that it was made of. */
export interface LoadedSchema {
  readonly schema: Schema;
  readonly bytes: number;
}

interface Entry {
  readonly loading: Promise<LoadedSchema>;
  bytes: number;
  /** When a load that failed is forgotten, so that the next one who asks tries again. */
  failedUntil?: number;
}

/** Keeps schemas by key, up to so many bytes of descriptor sets: beyond that, the one that was asked for longest ago goes. */
export class SchemaCache {
  readonly #entries = new Map<string, Entry>();
  readonly #maxBytes: number;
  readonly #failureMillis: number;
  readonly #now: () => number;
  #bytes = 0;

  constructor(maxBytes: number, failureMillis: number, now: () => number) {
    this.#maxBytes = maxBytes;
    this.#failureMillis = failureMillis;
    this.#now = now;
  }

  /** Loads what is not there, once for all who ask at the same time. A failure is remembered for a moment. */
  async get(key: string, load: () => Promise<LoadedSchema>): Promise<Schema> {
    let entry = this.#entries.get(key);
    this.#entries.delete(key);
    if (entry?.failedUntil !== undefined && entry.failedUntil <= this.#now()) entry = undefined;
    entry ??= this.#load(key, load);
    // The latest one asked for is the last one of the map.
    this.#entries.set(key, entry);
    return (await entry.loading).schema;
  }

  #load(key: string, load: () => Promise<LoadedSchema>): Entry {
    const entry: Entry = { loading: load(), bytes: 0 };
    entry.loading.then(
      ({ bytes }) => {
        entry.bytes = bytes;
        this.#bytes += bytes;
        this.#evict(key);
      },
      () => {
        entry.failedUntil = this.#now() + this.#failureMillis;
      },
    );
    return entry;
  }

  #evict(latest: string): void {
    for (const [key, { bytes, failedUntil }] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) return;
      // One alone is kept, however large, and so is one that is being loaded.
      if (key === latest || (bytes === 0 && failedUntil === undefined)) continue;
      this.#entries.delete(key);
      this.#bytes -= bytes;
    }
  }
}
