import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createAppenders } from '../../functions/clients/appender.ts';
import { createTables } from '../../functions/clients/tables.ts';
import { stringColumn, timestampColumn } from '../../functions/core/schema/metadata-columns.ts';
import { tableFields } from '../../functions/core/schema/table-schema.ts';
import { done } from '../../functions/core/stage.ts';
import { createTableWriter } from '../../functions/stages/table-writer.ts';
import { project, startStandIns } from './support/stand-ins.ts';

const columns = [stringColumn('article', ''), timestampColumn('at', '')];
const now = new Date('2026-06-01T00:00:00Z');
const micros = (iso: string) => BigInt(Date.parse(iso)) * 1000n;

describe('a table writer', () => {
  let standIns: Awaited<ReturnType<typeof startStandIns>>;
  before(async () => {
    standIns = await startStandIns();
    await standIns.bigquery.createDataset('shop');
  });
  after(() => standIns.close());

  const writerOf = async (table: string) =>
    createTableWriter({
      project,
      table: {
        dataset: 'shop',
        table,
        fields: tableFields(columns),
        partitionBy: 'at',
        clusterBy: [],
        labels: {},
      },
      columns,
      tables: await createTables(project),
      openAppender: await createAppenders(),
    });
  const articles = async (table: string) => {
    const [rows] = await standIns.bigquery.dataset('shop').table(table).getRows();
    return (rows as { article: string }[]).map(({ article }) => article);
  };

  it('makes the table before its first row', async () => {
    const writer = await writerOf('made');
    assert.deepEqual(await writer.write([['tea', micros('2026-05-31T00:00:00Z')]], now), [done]);
    assert.deepEqual(await articles('made'), ['tea']);
  });

  it('sets a row aside whose partition BigQuery does not take, and writes its neighbours', async () => {
    const writer = await writerOf('partitioned');
    const outcomes = await writer.write(
      [
        ['old', micros('2001-01-01T00:00:00Z')],
        ['new', micros('2026-05-31T00:00:00Z')],
        ['timeless', null],
      ],
      now,
    );
    assert.deepEqual(
      outcomes.map(({ kind }) => kind),
      ['dead-letter', 'done', 'done'],
    );
    assert.deepEqual((await articles('partitioned')).toSorted(), ['new', 'timeless']);
  });

  it('makes a table again that somebody has deleted, without losing the row', async () => {
    const writer = await writerOf('deleted');
    const row = ['tea', micros('2026-05-31T00:00:00Z')] as const;
    await writer.write([row], now);
    await standIns.bigquery.dataset('shop').table('deleted').delete();
    const [first] = await writer.write([row], now);
    assert.equal(first?.kind, 'retry', 'Pub/Sub delivers it again');
    assert.deepEqual(await writer.write([row], now), [done]);
    assert.deepEqual(await articles('deleted'), ['tea']);
  });
});
