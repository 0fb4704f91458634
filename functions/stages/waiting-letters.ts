import { randomUUID } from 'node:crypto';
import type { Objects } from '../clients/objects.ts';
import type { Publish } from '../clients/publisher.ts';
import type { DeadLetter } from '../core/dead-letter.ts';
import { encodeMessage } from '../core/stored-message.ts';
import { type Awaited, healRequest, waitingMessage, waitingObject } from '../core/waiting.ts';

/**
 * Stores dead letters that wait for the same, then asks the stage `heal-dead-letters` to look. In this order: when what they wait for
 * is published in between, one of the two finds the other.
 */
export async function letWait(
  awaited: Awaited,
  letters: readonly DeadLetter[],
  { lake, requestHeal }: { readonly lake: Objects; readonly requestHeal: Publish },
): Promise<void> {
  await Promise.all(
    letters.map(letter =>
      lake.create(
        waitingObject(awaited, letter, randomUUID()),
        encodeMessage(waitingMessage(letter)),
        'application/octet-stream',
      ),
    ),
  );
  const [error] = await requestHeal([healRequest(awaited)]);
  if (error !== undefined) throw new Error('the stage heal-dead-letters could not be asked', { cause: error });
}
