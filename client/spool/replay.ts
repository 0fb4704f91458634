import { setTimeout as sleep } from 'node:timers/promises';
import { OnrampError } from '../../functions/core/errors.ts';
import { GivenUp, sendUntilTaken } from '../attempts.ts';
import type { Topic } from '../batch.ts';
import type { Channel } from '../channel.ts';
import type { Spool } from './spool.ts';
import type { SpooledRecord } from './spool-reader.ts';

/** Batches that are on their way at a time; two of one ordering key never are. */
const parallel = 8;
const underwayBytes = 16 * 1024 * 1024;

export interface ReplayOptions {
  readonly spool: Spool;
  readonly channel: Channel;
  readonly onWarning: (warning: OnrampError) => void;
  readonly signal: AbortSignal;
}

/**
 * Sends what is in the spool, in order, for as long as it is open. Pub/Sub being away keeps neither a batch from its turn
 * nor the process from its end. Resolves once the spool or the signal has ended it.
 */
export async function replaySpool(options: ReplayOptions): Promise<void> {
  const { spool, channel, onWarning, signal } = options;
  const underway = new Set<Promise<void>>();
  /** The last batch of each ordering key. */
  const lanes = new Map<string, Promise<void>>();
  let bytes = 0;

  const send = async ({ batch, done }: SpooledRecord): Promise<void> => {
    const topic: Topic = { name: batch.topic, head: Buffer.alloc(0) };
    const attempts = { givesUp: () => signal.aborted, signal, keepsAlive: false };
    try {
      await sendUntilTaken(channel, topic, batch.request, attempts);
    } catch (error) {
      if (error instanceof GivenUp) return;
      // Repeating it would hold up all that comes after it.
      await spool.setAside(batch);
      const detail = `${batch.count} spooled messages were set aside; ${String(error)}`;
      onWarning(new OnrampError('PUBLISH_REFUSED', detail, { cause: error }));
    }
    done();
  };

  for (let found = await nextOf(spool, options); found !== undefined; found = await nextOf(spool, options)) {
    const record = found;
    const { topic, orderingKey, request } = record.batch;
    const lane = orderingKey === '' ? undefined : `${topic} ${orderingKey}`;
    const before = lane === undefined ? undefined : lanes.get(lane);
    bytes += request.length;
    const sending = (before ?? Promise.resolve())
      .then(() => send(record))
      .catch((error: unknown) => onWarning(unwritable(error)))
      .finally(() => {
        bytes -= request.length;
        underway.delete(sending);
        if (lane !== undefined && lanes.get(lane) === sending) lanes.delete(lane);
      });
    underway.add(sending);
    if (lane !== undefined) lanes.set(lane, sending);
    while (underway.size >= parallel || (bytes > underwayBytes && underway.size > 0)) await Promise.race(underway);
  }
  await Promise.all(underway);
}

const readPauseMillis = 5000;

/** A disk that cannot be read now may be readable later; meanwhile messages are spooled, and nothing is lost. */
async function nextOf(spool: Spool, { onWarning, signal }: ReplayOptions): Promise<SpooledRecord | undefined> {
  while (!signal.aborted) {
    try {
      return await spool.next();
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : String(cause);
      onWarning(new OnrampError('SPOOL_UNREADABLE', detail, { cause }));
      await sleep(readPauseMillis, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
  return undefined;
}

const unwritable = (cause: unknown): OnrampError =>
  new OnrampError('SPOOL_UNWRITABLE', cause instanceof Error ? cause.message : String(cause), { cause });
