import { rampOfMessage } from '../core/envelope.ts';
import type { ErrorCode } from '../core/errors.ts';
import { logMessages } from '../core/log-messages.ts';
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

    const retried = messages.filter((_, index) => outcomes[index]?.kind === 'retry');
    const first = outcomes.find(outcome => outcome.kind === 'retry');
    if (first) log.error(logMessages.redelivered, { ...factsOf(retried), error: messageOfError(first.error) });
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
    const facts = factsOf(letters.map(({ message }) => message));
    log.error(logMessages.deadLettersUnsent, { ...facts, error: messageOfError(error) });
    return false;
  }
  for (const [reason, ofReason] of Map.groupBy(letters, letter => letter.reason)) {
    const same = ofReason.map(({ message }) => message);
    for (const ofRamp of Map.groupBy(same, rampOfMessage).values()) {
      log.warning(logMessages.deadLetters, { reason, ...factsOf(ofRamp) });
    }
  }
  return true;
}

/** How many messages, of which ramp if it is one, and the trace of the first. */
function factsOf(messages: readonly Message[]) {
  const ramps = new Set(messages.map(rampOfMessage));
  const [ramp] = ramps.size === 1 ? ramps : [];
  return { count: messages.length, ramp, trace: messages[0]?.trace };
}
