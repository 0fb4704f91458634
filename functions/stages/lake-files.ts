import { randomBytes, randomUUID } from 'node:crypto';
import type { Objects } from '../clients/objects.ts';
import { containerFile } from '../core/codec/avro-container.ts';
import { lakeObject, lakeRecords } from '../core/lake-path.ts';
import { done, type Outcome } from '../core/stage.ts';

/** Records of one ramp that share an Avro schema, with the place of each in the batch. */
export interface LakeFile {
  readonly ramp: string;
  readonly schema: string;
  readonly records: Buffer[];
  readonly indexes: number[];
}

/** Gathers records into files by ramp and Avro schema. */
export class LakeFiles {
  readonly #files = new Map<string, LakeFile>();

  add(index: number, ramp: string, schema: string, record: Buffer): void {
    const key = `${ramp} ${schema}`;
    let file = this.#files.get(key);
    if (!file) this.#files.set(key, (file = { ramp, schema, records: [], indexes: [] }));
    file.records.push(record);
    file.indexes.push(index);
  }

  /** Writes all files side by side and sets the outcome of every record's message. */
  async write(bucket: Objects, now: Date, outcomes: Outcome[]): Promise<void> {
    await Promise.all(
      [...this.#files.values()].map(async ({ ramp, schema, records, indexes }) => {
        const outcome = await writeFile(bucket, ramp, schema, records, now).then(
          () => done,
          (error: unknown): Outcome => ({ kind: 'retry', error }),
        );
        for (const index of indexes) outcomes[index] = outcome;
      }),
    );
  }
}

async function writeFile(bucket: Objects, ramp: string, schema: string, records: Buffer[], now: Date): Promise<void> {
  const content = await containerFile({ schema, records, codec: 'snappy', sync: randomBytes(16) });
  const time = now.toISOString().replaceAll(/[-:.]/g, '');
  await bucket.create(lakeObject(ramp, now, `${time}-${randomUUID()}`), content, 'application/avro', {
    [lakeRecords]: String(records.length),
  });
}
