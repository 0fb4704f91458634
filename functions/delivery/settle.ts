import type { ErrorCode } from '../core/errors.ts';
import type { Message, Outcome, Stage } from '../core/stage.ts';
import { type Log, messageOfError } from '../log.ts';
import type { Settle } from './coalescer.ts';

export interface DeadLetter {
  readonly message: Message;
  readonly reason: ErrorCode;
  readonly detail: string;
}

/** Sets messages aside; resolves when every one of them is durable. */
export type SendDeadLetters = (letters: readonly DeadLetter[]) => Promise<void>;

/**
 * Runs a stage on a batch and settles every message: acknowledged when it is done, or when it is safely among the dead
 * letters; left to Pub/Sub otherwise. A stage that rejects leaves the whole batch to Pub/Sub.
 */
export function settleWith(stage: Stage, sendDeadLetters: SendDeadLetters, log: Log): Settle {
  return async messages => {
    const outcomes = await outcomesOf(stage, messages);
    const letters = messages.flatMap((message, index): DeadLetter[] => {
      const outcome = outcomes[index];
      return outcome?.kind === 'dead-letter' ? [{ message, reason: outcome.reason, detail: outcome.detail }] : [];
    });
    const aside = letters.length === 0 || (await setAside(letters, sendDeadLetters, log));

    const retries = outcomes.filter(outcome => outcome.kind === 'retry');
    if (retries.length > 0) {
      log.error('messages will be redelivered', { count: retries.length, error: messageOfError(retries[0]?.error) });
    }
    return outcomes.map(({ kind }) => kind === 'done' || (kind === 'dead-letter' && aside));
  };
}

/** One outcome per message, whatever the stage does. */
async function outcomesOf(stage: Stage, messages: readonly Message[]): Promise<Outcome[]> {
  const missing: Outcome = { kind: 'retry', error: new Error('the stage gave no outcome') };
  try {
    const outcomes = await stage.handle(messages);
    return messages.map((_, index) => outcomes[index] ?? missing);
  } catch (error) {
    return messages.map(() => ({ kind: 'retry', error }));
  }
}

async function setAside(letters: readonly DeadLetter[], send: SendDeadLetters, log: Log): Promise<boolean> {
  try {
    await send(letters);
  } catch (error) {
    const fields = { count: letters.length, error: messageOfError(error) };
    log.error('dead letters could not be sent; their messages will be redelivered', fields);
    return false;
  }
  for (const [reason, same] of Map.groupBy(letters, letter => letter.reason)) {
    log.warning('dead letters', { reason, count: same.length });
  }
  return true;
}
