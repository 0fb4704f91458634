import type { OpenedBatch } from './with-batch.ts';

/** How full a pool is. */
export interface PoolLoad {
  readonly pool: string;
  readonly description: string;
  readonly slots: number;
  /** Exports that are being made. */
  readonly used: number;
  /** Runs that wait for a slot. */
  readonly waiting: number;
}

/** The pools, by name. */
export async function poolLoads({ catalogue, runs }: Pick<OpenedBatch, 'catalogue' | 'runs'>): Promise<PoolLoad[]> {
  const statuses = await Promise.all(
    catalogue.services
      .flatMap(({ exports }) => exports)
      .map(async ({ address, pool }) => (await runs.statuses(address)).map(({ state }) => ({ pool, state }))),
  );
  const all = statuses.flat();
  const count = (id: string, wanted: string) => all.filter(({ pool, state }) => pool === id && state === wanted).length;
  return catalogue.pools
    .map(({ id, slots, description }) => ({
      pool: id,
      description,
      slots,
      used: count(id, 'exporting'),
      waiting: count(id, 'queued'),
    }))
    .toSorted((a, b) => (a.pool < b.pool ? -1 : 1));
}
