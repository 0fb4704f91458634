import type { NewObjects } from '../clients/object-stream.ts';
import type { Instant } from '../core/batch/instant.ts';
import { beganName, type PartPlan, parsePartPlan, partPlanName, partRecordName } from '../core/batch/part-plan.ts';
import { type PartRecord, parsePartRecord } from '../core/batch/part-record.ts';

/**
 * What the executions of one attempt have written down of its parts. Everything is written once: of two executions at
 * once the first one's counts, for both.
 */
export interface PartStore {
  /** When the attempt began, as far as it was written down; else now, and that is written down. */
  began(now: Instant): Promise<Instant>;
  plan(): Promise<PartPlan | undefined>;
  /** Answers with the plan that counts. */
  keepPlan(plan: PartPlan): Promise<PartPlan>;
  record(part: number): Promise<PartRecord | undefined>;
  /** Answers with the record that counts. */
  keepRecord(record: PartRecord): Promise<PartRecord>;
}

export function partStore(bucket: Pick<NewObjects, 'create' | 'read'>, prefix: string): PartStore {
  async function read<T>(name: string, parse: (bytes: Uint8Array) => T): Promise<T | undefined> {
    const content = await bucket.read(`${prefix}${name}`);
    return content === undefined ? undefined : parse(content);
  }
  async function keep<T>(name: string, value: T, parse: (bytes: Uint8Array) => T): Promise<T> {
    const content = Buffer.from(`${JSON.stringify(value)}\n`);
    if (await bucket.create(`${prefix}${name}`, content, 'application/json')) return value;
    // Removed once the attempt has its manifest, which then is what counts.
    return (await read(name, parse)) ?? value;
  }
  const parseBegan = (bytes: Uint8Array) => JSON.parse(Buffer.from(bytes).toString()) as Instant;
  return {
    began: now => keep(beganName, now, parseBegan),
    plan: () => read(partPlanName, parsePartPlan),
    keepPlan: plan => keep(partPlanName, plan, parsePartPlan),
    record: part => read(partRecordName(part), parsePartRecord),
    keepRecord: record => keep(partRecordName(record.part), record, parsePartRecord),
  };
}
