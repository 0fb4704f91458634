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
 * Runs a stage on a batch and settles every message once its own outcome is known: acknowledged when it is done, or when
 * it is safely among the dead letters; left to Pub/Sub otherwise. What becomes known together is settled together.
 */
export function settleWith(stage: Stage, sendDeadLetters: SendDeadLetters, log: Log): Settle {
  const settle = inOneGo((settled: readonly Settled[]) => settleAll(settled, sendDeadLetters, log));
  return messages => {
    const outcomes = handle(stage, messages);
    return messages.map(async (message, index) => settle({ message, outcome: await outcomeAt(outcomes, index) }));
  };
}

interface Settled {
  readonly message: Message;
  readonly outcome: Outcome;
}

/** Whether each message may be acknowledged. Never rejects. */
async function settleAll(settled: readonly Settled[], send: SendDeadLetters, log: Log): Promise<boolean[]> {
  const letters = settled.flatMap(({ message, outcome }): DeadLetter[] =>
    outcome.kind === 'dead-letter' ? [{ message, reason: outcome.reason, detail: outcome.detail }] : [],
  );
  const aside = letters.length === 0 || (await setAside(letters, send, log));

  const retried: Message[] = [];
  let first: unknown;
  for (const { message, outcome } of settled) {
    if (outcome.kind !== 'retry') continue;
    if (retried.length === 0) first = outcome.error;
    retried.push(message);
  }
  if (retried.length > 0) log.error(logMessages.redelivered, { ...factsOf(retried), error: messageOfError(first) });
  return settled.map(({ outcome: { kind } }) => kind === 'done' || (kind === 'dead-letter' && aside));
}

/** An async function, so that a stage which throws counts as one that rejects. */
const handle = async (stage: Stage, messages: readonly Message[]) => stage.handle(messages);

/** One outcome per message, whatever the stage does. */
async function outcomeAt(outcomes: ReturnType<Stage['handle']>, index: number): Promise<Outcome> {
  try {
    return (await (await outcomes)[index]) ?? { kind: 'retry', error: new Error('the stage gave no outcome') };
  } catch (error) {
    return { kind: 'retry', error };
  }
}

/** A function of one item that does its work with all the items of the same turn of the event loop in one go. */
function inOneGo<T>(work: (items: readonly T[]) => Promise<boolean[]>): (item: T) => Promise<boolean> {
  let items: T[] = [];
  let results: Promise<boolean[]> | undefined;
  return async item => {
    results ??= new Promise(resolve => setImmediate(resolve)).then(() => {
      const all = items;
      items = [];
      results = undefined;
      return work(all);
    });
    const index = items.push(item) - 1;
    return (await results)[index] ?? false;
  };
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
