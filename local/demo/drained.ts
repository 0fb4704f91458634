import { setTimeout as sleep } from 'node:timers/promises';
import { subscriptions } from '../../functions/core/names.ts';
import type { LocalCloud } from '../start.ts';

const pollMillis = 50;

/**
 * Waits until no message is on its way. Since a stage acknowledges only what is durable, each is then at rest.
 * Answers with the number of deliveries that were left when `given up` came first.
 */
export async function drained({ pubsub }: LocalCloud, givenUp: AbortSignal): Promise<number> {
  for (;;) {
    const left = pubsub
      .backlog()
      // What is parked waits for a person.
      .filter(({ subscription }) => !subscription.endsWith(`/${subscriptions.deadLetterParked}`))
      .reduce((sum, { undelivered, outstanding }) => sum + undelivered + outstanding, 0);
    if (left === 0 || givenUp.aborted) return left;
    await sleep(pollMillis);
  }
}
