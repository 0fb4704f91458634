import { OnrampError } from '../functions/core/errors.ts';
import { describe, GivenUp, sendUntilTaken } from './attempts.ts';
import type { Batch } from './batch.ts';
import type { Channel } from './channel.ts';
import type { Settings } from './options.ts';
import type { Receipt } from './receipt.ts';
import type { Spool } from './spool/spool.ts';

export interface DeliveryOptions {
  readonly channel: Channel;
  readonly settings: Settings;
  /** The spool once it is open; undefined when there is none. */
  readonly spool: Promise<Spool> | undefined;
  /** Aborted when no time is left to wait for Pub/Sub. */
  readonly hurry: AbortSignal;
}

const spooled: Receipt = { at: 'spool' };

/**
 * Brings batches to Pub/Sub, or to the spool. Once anything is in the spool, all that comes later goes there too until
 * the last of it has been sent: or it would overtake. Rejects after the callers have been told of a failure.
 */
export function createDelivery({ channel, settings, spool, hurry }: DeliveryOptions): (batch: Batch) => Promise<void> {
  const { afterMillis = 0 } = settings.spool ?? {};

  const send = async (batch: Batch, opened: Spool | undefined): Promise<void> => {
    const givesUp = (failingMillis: number) =>
      opened === undefined
        ? hurry.aborted || failingMillis >= settings.giveUpMillis
        : hurry.aborted || opened.active || failingMillis >= afterMillis;
    const options = { givesUp, signal: hurry, keepsAlive: true };
    const ids = await sendUntilTaken(channel, batch.topic, batch.request, options);
    batch.resolve(index => ({ at: 'pubsub', messageId: ids[index] ?? '' }));
  };

  const store = async (batch: Batch, opened: Spool): Promise<void> => {
    await opened.append(batch);
    batch.resolve(() => spooled);
  };

  const deliver = async (batch: Batch): Promise<void> => {
    const opened = await spool;
    if (opened?.active) return store(batch, opened);
    try {
      await send(batch, opened);
    } catch (error) {
      if (!(error instanceof GivenUp)) throw error;
      if (opened !== undefined) return store(batch, opened);
      throw new OnrampError('PUBLISH_UNAVAILABLE', describe(batch.topic, error.lastError), { cause: error.lastError });
    }
  };

  return async batch => {
    try {
      await deliver(batch);
    } catch (error) {
      batch.reject(error);
      throw error;
    }
  };
}
