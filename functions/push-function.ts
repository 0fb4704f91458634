import type { HttpFunction } from '@google-cloud/functions-framework';
import { assemble } from './assemble.ts';
import { spill } from './clients/overflow.ts';
import { messageOfDeadLetter } from './core/dead-letter.ts';
import type { Stage } from './core/stage.ts';
import type { BatchBounds, StageId } from './core/wiring.ts';
import { Coalescer } from './delivery/coalescer.ts';
import { createDrainOnSigterm } from './delivery/drain-on-sigterm.ts';
import { createPushHandler } from './delivery/push.ts';
import { type SendDeadLetters, settleWith } from './delivery/settle.ts';
import { readEnvironment } from './environment.ts';
import { createLog, type Log, messageOfError } from './log.ts';

/** A stage of the stream as an HTTP function. */
export async function createPushFunction(
  id: StageId,
  variables: Readonly<Record<string, string | undefined>>,
): Promise<HttpFunction> {
  const environment = readEnvironment(id, variables);
  const log = createLog(id, line => void process.stdout.write(line), environment.value('ONRAMP_PROJECT'));
  const { stage, publishDeadLetters, overflow } = await assemble(environment, log);

  const sendDeadLetters: SendDeadLetters = async letters => {
    const time = new Date().toISOString();
    const messages = await Promise.all(
      letters.map(({ message, reason, detail }) => {
        const letter = messageOfDeadLetter(message, { stage: id, reason, detail, time });
        return spill(letter, `dead-letter/${id}/${message.id}`, overflow);
      }),
    );
    const errors = await publishDeadLetters(messages);
    const failed = errors.find(error => error !== undefined);
    if (failed !== undefined) throw new Error(messageOfError(failed), { cause: failed });
  };
  return servePushes({ stage, bounds: environment.batch, sendDeadLetters, log });
}

export interface Pushed {
  readonly stage: Stage;
  readonly bounds: BatchBounds;
  readonly sendDeadLetters: SendDeadLetters;
  readonly log: Log;
}

/** A stage behind the coalescing push delivery. */
export function servePushes({ stage, bounds, sendDeadLetters, log }: Pushed): HttpFunction {
  const handler = createPushHandler(new Coalescer(settleWith(stage, sendDeadLetters, log), bounds));
  const shutdown = createDrainOnSigterm(() => handler.drain());
  return (request, response) => {
    shutdown.takeOver();
    return handler(request, response);
  };
}
