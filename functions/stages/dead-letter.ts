import type { OpenAppender } from '../clients/appender.ts';
import type { Objects } from '../clients/objects.ts';
import { restore } from '../clients/overflow.ts';
import type { Publish } from '../clients/publisher.ts';
import type { Tables } from '../clients/tables.ts';
import {
  deadLetterColumns,
  deadLetterRecordSchema,
  deadLetterRow,
  encodeDeadLetterRecord,
} from '../core/codec/dead-letter-record.ts';
import type { Row } from '../core/codec/row.ts';
import { type DeadLetter, deadLetterOfMessage } from '../core/dead-letter.ts';
import { deadLetterAttribute } from '../core/envelope.ts';
import { healedTable, openDeadLettersView } from '../core/healed-dead-letters.ts';
import { datasets, tables as tableNames } from '../core/names.ts';
import { tableFields } from '../core/schema/table-schema.ts';
import { done, type Outcome, type Stage } from '../core/stage.ts';
import { type Awaited, awaitedBy, waitingPrefix } from '../core/waiting.ts';
import { LakeFiles } from './lake-files.ts';
import { createTableWriter } from './table-writer.ts';
import { letWait } from './waiting-letters.ts';
import { createWaitingRoom } from './waiting-room.ts';

export interface DeadLetterStage {
  readonly project: string;
  readonly lake: Objects;
  readonly overflow: Objects;
  /** Asks the stage `heal-dead-letters` to look. */
  readonly requestHeal: Publish;
  readonly tables: Tables;
  readonly openAppender: OpenAppender;
  readonly now: () => Date;
}

/** A payload beyond this is in the file alone, so that its row fits into an append. */
const maxTablePayloadBytes = 5_000_000;

/**
 * Stores dead letters with their reason and their original bytes: as files, complete, and as rows, to be queried. Those
 * that a published schema version would help are also stored to wait for it.
 */
export function createDeadLetterStage(dependencies: DeadLetterStage): Stage {
  const { project, lake, overflow, tables, openAppender, now } = dependencies;
  const schema = JSON.stringify(deadLetterRecordSchema);
  const writer = createTableWriter({
    project,
    table: {
      dataset: datasets.onramp,
      table: tableNames.deadLetters,
      fields: tableFields(deadLetterColumns),
      partitionBy: deadLetterAttribute.time,
      clusterBy: ['onramp_ramp', deadLetterAttribute.reason],
      description: 'Messages that were set aside, each with its reason; the code is explained in docs/errors.md',
      labels: {},
    },
    view: openDeadLettersView(project),
    columns: deadLetterColumns,
    // The view joins the two tables.
    tables: { ...tables, ensure: async table => (await tables.ensure(healedTable), tables.ensure(table)) },
    openAppender,
    waitingRoom: createWaitingRoom('dead-letter'),
  });

  return {
    async handle(messages) {
      const time = now();
      const outcomes: Outcome[] = [];
      const files = new LakeFiles();
      const rows: Row[] = [];
      const indexes: number[] = [];
      const waiting: { index: number; letter: DeadLetter; awaited: Awaited }[] = [];
      const restored = await Promise.allSettled(messages.map(message => restore(message, overflow)));
      restored.forEach((result, index) => {
        if (result.status === 'rejected') {
          outcomes[index] = { kind: 'retry', error: result.reason };
          return;
        }
        const letter = deadLetterOfMessage(result.value);
        const { event, facts } = letter;
        const row = deadLetterRow(event, facts, time);
        files.add(index, event.ramp, schema, encodeDeadLetterRecord(row));
        rows.push(event.payload.byteLength > maxTablePayloadBytes ? [...row.slice(0, -1), null] : row);
        indexes.push(index);
        const awaited = awaitedBy(letter);
        if (awaited) waiting.push({ index, letter, awaited });
      });
      // The file first: it is the one that a replay reads.
      await files.write(lake, time, outcomes);
      const written = await writer.write(rows, time);
      indexes.forEach((index, place) => {
        const outcome = written[place];
        // A dead letter is never set aside again: what BigQuery refuses of it waits for a person.
        if (outcomes[index]?.kind === 'done' && outcome && outcome.kind !== 'done') {
          outcomes[index] = {
            kind: 'retry',
            error: outcome.kind === 'retry' ? outcome.error : new Error(outcome.detail),
          };
        }
      });
      const stored = waiting.filter(({ index }) => outcomes[index]?.kind === 'done');
      await Promise.all(
        [...Map.groupBy(stored, ({ awaited }) => waitingPrefix(awaited)).values()].map(async same => {
          const [first] = same;
          if (!first) return;
          const letters = same.map(({ letter }) => letter);
          await letWait(first.awaited, letters, dependencies).catch((error: unknown) => {
            for (const { index } of same) outcomes[index] = { kind: 'retry', error };
          });
        }),
      );
      return messages.map((_, index) => outcomes[index] ?? done);
    },
  };
}
