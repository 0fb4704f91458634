import type { DatastoreReads, Moment, PageAsk } from '../../clients/datastore.ts';
import type { ExportRequest } from '../../core/batch/export-request.ts';
import { millisOf, minutes } from '../../core/batch/instant.ts';
import { keptForMillis } from '../kept-for.ts';

/** https://cloud.google.com/datastore/docs/reference/data/rpc/google.datastore.v1#readoptions */
const keptMillis = 60 * minutes;
/** With point-in-time recovery, of whole minutes. */
const recoverableMillis = 7 * 24 * 60 * minutes;

/**
 * Fixes the moment that every page reads, by a first read of one entity: the interval's end, where the database has its
 * state, and says so when it has not.
 */
export async function firstRead(
  reads: DatastoreReads,
  ask: Pick<PageAsk, 'query' | 'namespace'>,
  request: Pick<ExportRequest, 'interval' | 'partitions' | 'timeoutSeconds'>,
): Promise<{ readonly readTime: Moment; readonly note: string }> {
  const { end } = request.interval;
  const age = Date.now() - millisOf(end);
  // If there is no recovery, an export for which too little is left of the hour is not begun at that state.
  const reserveMillis = keptForMillis(request, keptMillis);
  let why = 'the interval has not ended';
  if (age >= 0) {
    try {
      const readTime = momentOf(age + reserveMillis <= keptMillis ? millisOf(end) : wholeMinute(millisOf(end), age));
      await probe(reads, { ...ask, readTime });
      return { readTime, note: 'at the end of the interval' };
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (!(error instanceof TooOld) && code !== invalidArgument && code !== failedPrecondition) throw error;
      why = `the database does not have the state of ${Math.round(age / minutes)} minutes ago`;
    }
  }
  const { readTime } = await probe(reads, ask);
  return { readTime, note: `what was committed when the export began: ${why}` };
}

const invalidArgument = 3;
const failedPrecondition = 9;

class TooOld extends Error {}

/** The first whole minute that has all of the interval. */
function wholeMinute(end: number, age: number): number {
  const minute = Math.ceil(end / minutes) * minutes;
  if (age > recoverableMillis || minute > Date.now()) throw new TooOld();
  return minute;
}

const momentOf = (millis: number): Moment => ({
  seconds: String(Math.floor(millis / 1000)),
  nanos: (((millis % 1000) + 1000) % 1000) * 1e6,
});

/** One entity is enough; GQL is sent as it is. */
const probe = (reads: DatastoreReads, { query, ...ask }: Omit<PageAsk, 'cursor'>) =>
  reads.page({ ...ask, query: 'gql' in query ? query : { ...query, limit: 1 } });
