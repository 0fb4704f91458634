import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { createAppenders, type OpenAppender } from '../../functions/clients/appender.ts';
import { createTables, type Tables } from '../../functions/clients/tables.ts';
import { readPayload } from '../../functions/core/codec/decode.ts';
import { loadSchema, type Schema, selfContained } from '../../functions/core/schema/descriptor-set.ts';
import { timestampColumn } from '../../functions/core/schema/metadata-columns.ts';
import { pinsWith } from '../../functions/core/schema/pins.ts';
import { tableFields } from '../../functions/core/schema/table-schema.ts';
import { createTableWriter } from '../../functions/stages/table-writer.ts';
import { createWaitingRoom } from '../../functions/stages/waiting-room.ts';
import { compileProto } from '../support/compile-proto.ts';
import { randomMessage } from '../support/random-message.ts';
import { arbitrarySchemaPair, protoText } from '../support/schema-pairs.ts';
import { project, startStandIns } from './support/stand-ins.ts';

const pairCount = 12;
const seed = 4;
const eventsPerVersion = 5;
const pairs = fc.sample(arbitrarySchemaPair, { numRuns: pairCount, seed });
const now = new Date('2026-06-01T00:00:00Z');
const clock = { now: () => now.getTime(), sleep: () => new Promise<void>(resolve => setImmediate(resolve)) };

/** One side of all pairs, compiled at once. */
function descriptorSets(side: 'before' | 'after'): (index: number) => Uint8Array {
  const set = compileProto(
    Object.fromEntries(pairs.map((pair, index) => [`p${index}/v1/e.proto`, protoText(pair[side], `p${index}.v1`)])),
  );
  return index => selfContained(set, `p${index}.v1.Event`);
}

describe('rows of two versions of random schemas, with their columns pinned', () => {
  let standIns: Awaited<ReturnType<typeof startStandIns>>;
  let tables: Tables;
  let openAppender: OpenAppender;
  before(async () => {
    standIns = await startStandIns({ clock });
    await standIns.bigquery.createDataset('pairs');
    tables = await createTables(project, clock);
    openAppender = await createAppenders();
  });
  after(() => standIns.close());

  /** Writes events as the warehouse's stage does. Answers with the outcomes, and with what went to recovery columns. */
  async function write(table: string, schema: Schema) {
    const columns = [timestampColumn('at', ''), ...schema.columns];
    const recovered: string[] = [];
    const writer = createTableWriter({
      project,
      table: { dataset: 'pairs', table, fields: tableFields(columns), partitionBy: 'at', clusterBy: [], labels: {} },
      columns,
      tables,
      openAppender,
      waitingRoom: createWaitingRoom('hub-to-warehouse'),
      onRecovered: (_, recoveries) => recovered.push(...recoveries.map(({ path }) => path)),
      clock,
    });
    const events = fc.sample(randomMessage(schema.message), { numRuns: eventsPerVersion, seed });
    const micros = BigInt(now.getTime()) * 1000n;
    const rows = events.map(event => [micros, ...readPayload(schema, toBinary(schema.message, event)).row]);
    return { outcomes: await writer.write(rows, now), recovered };
  }

  it('all arrive in one table, also where the change breaks', async () => {
    const [before, later] = [descriptorSets('before'), descriptorSets('after')];
    for (const index of pairs.keys()) {
      const name = `p${index}.v1.Event`;
      const versions = [before(index), later(index)];
      const pins = versions.reduce((known, bytes) => pinsWith(known, loadSchema(bytes, name).columns), {});
      for (const bytes of versions) {
        const { outcomes, recovered } = await write(`pair_${index}`, loadSchema(bytes, name, { pins }));
        assert.deepEqual(
          outcomes.map(({ kind }) => kind),
          Array.from({ length: eventsPerVersion }, () => 'done'),
          JSON.stringify({ outcomes, ...pairs[index] }),
        );
        assert.deepEqual(recovered, []);
      }
      const [rows] = await standIns.bigquery.query(`SELECT COUNT(*) AS n FROM pairs.pair_${index}`);
      assert.deepEqual(rows, [{ n: 2 * eventsPerVersion }]);
    }
  });
});
