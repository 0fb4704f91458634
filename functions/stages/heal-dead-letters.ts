import type { OpenAppender } from '../clients/appender.ts';
import type { Objects, WaitingObject, WaitingObjects } from '../clients/objects.ts';
import { spill } from '../clients/overflow.ts';
import type { Publish } from '../clients/publisher.ts';
import { absenceMillis, readIndex } from '../clients/registry.ts';
import type { Tables } from '../clients/tables.ts';
import { attribute, eventOfHubMessage } from '../core/envelope.ts';
import { healedColumns, healedRow, healedTable } from '../core/healed-dead-letters.ts';
import type { Publishable } from '../core/overflow.ts';
import { done, type Outcome, type Stage } from '../core/stage.ts';
import { decodeMessage } from '../core/stored-message.ts';
import { availableIn, type HealRequest, requestedHeal, waitingPrefix } from '../core/waiting.ts';
import { createTableWriter } from './table-writer.ts';
import { createWaitingRoom } from './waiting-room.ts';

export interface HealDeadLetters {
  readonly project: string;
  readonly registry: Objects;
  /** The bucket of the dead letters. */
  readonly waiting: WaitingObjects;
  readonly overflow: Objects;
  /** Onto the hub. */
  readonly publish: Publish;
  readonly tables: Tables;
  readonly openAppender: OpenAppender;
  readonly now: () => Date;
  readonly sleep: (millis: number) => Promise<void>;
}

/** Objects in one listing. */
const listed = 500;
/** Payloads that are in memory together. */
const portionBytes = 32 * 1024 * 1024;
/** Objects that are read, stored or removed side by side. */
const parallel = 32;

/**
 * Sends messages that waited for a version of their schema through their stage again: onto the hub, marked so that no
 * other stage takes them. It is asked after an index has changed, and after a message has begun to wait, and looks only
 * then; so whichever of the two comes last finds the other.
 */
export function createHealDeadLetters(dependencies: HealDeadLetters): Stage {
  const { project, registry, waiting, overflow, publish, tables, openAppender, now, sleep } = dependencies;
  const writer = createTableWriter({
    project,
    table: healedTable,
    columns: healedColumns,
    tables,
    openAppender,
    waitingRoom: createWaitingRoom('heal-dead-letters'),
  });
  const oneByOne = inTurn();

  const heal = async ({ schema, version }: HealRequest): Promise<void> => {
    const index = await readIndex(registry, schema);
    const available = availableIn(index).filter(each => version === undefined || version === each);
    let slept = false;
    for (const each of available) {
      const prefix = waitingPrefix({ schema, version: each });
      let objects = await waiting.list(prefix, listed);
      if (objects.length > 0 && !slept) {
        // The stages may have found the version absent a moment before it was published, and remember that for so long.
        await sleep(absenceMillis);
        slept = true;
      }
      while (objects.length > 0) {
        for (const portion of portionsOf(objects)) await send(portion);
        objects = await waiting.list(prefix, listed, objects.at(-1)?.name);
      }
    }
  };

  const send = async (portion: readonly WaitingObject[]): Promise<void> => {
    const read = await inParallel(portion, async ({ name }) => {
      const content = await waiting.read(name);
      return content && decodeMessage(content);
    });
    // A dead letter that was delivered twice waits twice.
    const messages = [...new Map(read.flatMap(message => (message ? [[keyOf(message), message]] : []))).values()];
    const time = now();
    // Recorded first: while that is not possible, nothing is sent over and over again.
    const rows = messages.map(message => {
      const event = eventOfHubMessage({ ...message, id: '', publishTime: '' });
      return healedRow(event, message.attributes[attribute.replay] ?? '', time);
    });
    throwFirst((await writer.write(rows, time)).map(errorOf));
    const fitting = await inParallel(messages, message => spill(message, `heal/${keyOf(message)}`, overflow));
    throwFirst(await publish(fitting));
    await inParallel(portion, ({ name }) => waiting.remove(name));
  };

  return {
    handle(messages) {
      const requests = messages.map(requestedHeal);
      const healing = new Map<string, Promise<Outcome>>();
      for (const request of requests) {
        if (!request) continue;
        const key = JSON.stringify(request);
        if (healing.has(key)) continue;
        const outcome = oneByOne(request.schema, () => heal(request)).then(
          () => done,
          (error: unknown): Outcome => ({ kind: 'retry', error }),
        );
        healing.set(key, outcome);
      }
      return Promise.resolve(requests.map(request => healing.get(JSON.stringify(request)) ?? done));
    },
  };
}

/** Runs work of the same key one after the other: two at once would find the same messages. */
function inTurn() {
  const last = new Map<string, Promise<void>>();
  return (key: string, work: () => Promise<void>): Promise<void> => {
    const before = last.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    last.set(key, mine);
    return mine;
  };
}

/** Cuts what was listed so that each part fits into memory, whatever a single message has. */
function portionsOf(objects: readonly WaitingObject[]): WaitingObject[][] {
  const portions: WaitingObject[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const object of objects) {
    if (bytes + object.bytes > portionBytes) {
      portions.push([]);
      bytes = 0;
    }
    portions.at(-1)?.push(object);
    bytes += object.bytes;
  }
  return portions;
}

/** What a message is the same by as another. */
const keyOf = ({ attributes }: Publishable) =>
  `${attributes[attribute.replay] ?? ''}/${attributes[attribute.eventId] ?? ''}`;

const errorOf = (outcome: Outcome): unknown => {
  if (outcome.kind === 'done') return undefined;
  return outcome.kind === 'retry' ? outcome.error : new Error(outcome.detail);
};

function throwFirst(errors: readonly unknown[]): void {
  const first = errors.find(error => error !== undefined);
  if (first !== undefined) throw first instanceof Error ? first : new Error('it failed', { cause: first });
}

async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += parallel) {
    results.push(...(await Promise.all(items.slice(at, at + parallel).map(work))));
  }
  return results;
}
