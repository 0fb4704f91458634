import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createAppenders, type OpenAppender } from '../../functions/clients/appender.ts';
import { createTables, type Tables } from '../../functions/clients/tables.ts';
import type { Column } from '../../functions/core/schema/column.ts';
import { bytesColumn, stringColumn, timestampColumn } from '../../functions/core/schema/metadata-columns.ts';
import { tableFields } from '../../functions/core/schema/table-schema.ts';
import { done } from '../../functions/core/stage.ts';
import { createTableWriter } from '../../functions/stages/table-writer.ts';
import { createWaitingRoom } from '../../functions/stages/waiting-room.ts';
import { project, startStandIns } from './support/stand-ins.ts';

const columns = [stringColumn('article', ''), timestampColumn('at', '')];
const now = new Date('2026-06-01T00:00:00Z');
const micros = (iso: string) => BigInt(Date.parse(iso)) * 1000n;
const yesterday = micros('2026-05-31T00:00:00Z');

/** The time of the stand-ins, and of those who wait: it passes as fast as somebody sleeps. */
const clock = {
  time: now.getTime(),
  now: () => clock.time,
  slept: 0,
  sleep: async (millis: number) => {
    clock.time += millis;
    clock.slept += millis;
    await new Promise(resolve => setImmediate(resolve));
  },
};
const schemaDelayMillis = 60_000;

describe('a table writer', () => {
  let standIns: Awaited<ReturnType<typeof startStandIns>>;
  let tables: Tables;
  let openAppender: OpenAppender;
  before(async () => {
    standIns = await startStandIns({ clock, schemaDelayMillis });
    await standIns.bigquery.createDataset('shop');
    tables = await createTables(project, clock);
    openAppender = await createAppenders();
  });
  after(() => standIns.close());

  const writerOf = (table: string, of: readonly Column[] = columns) => {
    const recovered: string[] = [];
    const writer = createTableWriter({
      project,
      table: { dataset: 'shop', table, fields: tableFields(of), partitionBy: 'at', clusterBy: [], labels: {} },
      columns: of,
      tables,
      openAppender,
      waitingRoom: createWaitingRoom('hub-to-warehouse'),
      onRecovered: (_, recoveries, rows) => {
        recovered.push(...recoveries.map(({ path, column }) => `${rows} of ${path} in ${column}`));
      },
      clock,
    });
    return { ...writer, recovered };
  };
  const tableOf = (table: string) => standIns.bigquery.dataset('shop').table(table);
  const rowsOf = async (table: string) => (await tableOf(table).getRows())[0] as Record<string, unknown>[];
  const articles = async (table: string) => (await rowsOf(table)).map(row => row['article']);
  const settled = () => {
    clock.time += schemaDelayMillis;
    clock.slept = 0;
  };

  it('makes the table before its first row, and waits until rows can be written to it', async () => {
    clock.slept = 0;
    assert.deepEqual(await writerOf('made').write([['tea', yesterday]], now), [done]);
    assert.deepEqual(await articles('made'), ['tea']);
    assert.ok(clock.slept >= schemaDelayMillis, `waited ${clock.slept} ms`);
    assert.ok(clock.slept <= schemaDelayMillis + 5000, `waited ${clock.slept} ms`);
  });

  it('sets a row aside whose partition BigQuery does not take, and writes its neighbours', async () => {
    const outcomes = await writerOf('partitioned').write(
      [
        ['old', micros('2001-01-01T00:00:00Z')],
        ['new', yesterday],
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
    const writer = writerOf('deleted');
    await writer.write([['tea', yesterday]], now);
    settled();
    await tableOf('deleted').delete();
    assert.deepEqual(await writer.write([['tea', yesterday]], now), [done]);
    assert.deepEqual(await articles('deleted'), ['tea']);
  });

  it('adds columns, waits until they can be written, and writes rows of the old version all the while', async () => {
    const before = writerOf('grown');
    await before.write([['old', yesterday]], now);
    settled();
    const basket: Column = {
      name: 'basket',
      type: 'RECORD',
      mode: 'REPEATED',
      conversion: 'record',
      fields: [stringColumn('fruit', '')],
    };
    const after = writerOf('grown', [...columns, stringColumn('colour', ''), basket]);
    const started = clock.time;
    let others = 0;
    const written = after.write([['new', yesterday, 'red', [['pear'], ['fig']]]], now).then(outcomes => {
      assert.ok(others > 0, 'rows of the old version went past');
      return outcomes;
    });
    while (clock.time - started < schemaDelayMillis - 5000) {
      assert.deepEqual(await before.write([['old', yesterday]], now), [done]);
      others += 1;
    }
    assert.deepEqual(await written, [done]);
    const rows = await rowsOf('grown');
    assert.equal(rows.length, others + 2);
    const [row] = rows.filter(({ article }) => article === 'new');
    assert.deepEqual([row?.['colour'], row?.['basket']], ['red', [{ fruit: 'pear' }, { fruit: 'fig' }]]);
  });

  it('changes the table once, whoever of many writers comes first', async () => {
    await writerOf('raced').write([['old', yesterday]], now);
    settled();
    const wide = [...columns, stringColumn('colour', '')];
    const racing = [1, 2, 3].map(async n => {
      // Each in an instance of its own: they know nothing of each other.
      const instance = createTableWriter({
        project,
        table: {
          dataset: 'shop',
          table: 'raced',
          fields: tableFields(wide),
          partitionBy: 'at',
          clusterBy: [],
          labels: {},
        },
        columns: wide,
        tables: await createTables(project, clock),
        openAppender: await createAppenders(),
        waitingRoom: createWaitingRoom('hub-to-warehouse'),
        clock,
      });
      return instance.write([[`new ${n}`, yesterday, 'red']], now);
    });
    assert.deepEqual(await Promise.all(racing), [[done], [done], [done]]);
    assert.equal((await rowsOf('raced')).filter(({ colour }) => colour === 'red').length, 3);
  });

  it('stays below the rate at which BigQuery lets a table be changed', async () => {
    await writerOf('often').write([['old', yesterday]], now);
    settled();
    const versions = Array.from({ length: 8 }, (_, n) =>
      writerOf('often', [...columns, stringColumn(`extra_${n}`, '')]),
    );
    const outcomes = await Promise.all(versions.map((writer, n) => writer.write([[`v${n}`, yesterday, 'x']], now)));
    assert.deepEqual(
      outcomes.flat(),
      versions.map(() => done),
    );
    assert.equal((await rowsOf('often')).length, 9);
  });

  it('writes values that a column has no place for to a recovery column, the same one in every instance', async () => {
    await standIns.bigquery.dataset('shop').createTable('altered', {
      schema: {
        fields: [
          { name: 'article', type: 'INTEGER' },
          { name: 'at', type: 'TIMESTAMP' },
          { name: 'article_2', type: 'FLOAT' },
        ],
      },
      timePartitioning: { type: 'DAY', field: 'at' },
    });
    const [one, other] = [writerOf('altered'), writerOf('altered')];
    assert.deepEqual(await one.write([['tea', yesterday]], now), [done]);
    assert.deepEqual(await other.write([['rice', yesterday]], now), [done]);
    assert.deepEqual([one.recovered, other.recovered], [['1 of article in article_3'], ['1 of article in article_3']]);
    assert.deepEqual(
      (await rowsOf('altered')).map(row => [row['article'], row['article_2'], row['article_3']]),
      [
        [null, null, 'tea'],
        [null, null, 'rice'],
      ],
    );
    const [metadata] = (await tableOf('altered').getMetadata()) as unknown as [
      { schema: { fields: { name: string; description?: string }[] } },
    ];
    const recovery = metadata.schema.fields.find(({ name }) => name === 'article_3');
    assert.match(recovery?.description ?? '', /article as STRING, which is INTEGER in this table/);
  });

  it('finds out while it runs that somebody has made the table anew with other types', async () => {
    const writer = writerOf('remade');
    await writer.write([['tea', yesterday]], now);
    settled();
    await tableOf('remade').delete();
    await standIns.bigquery.dataset('shop').createTable('remade', {
      schema: {
        fields: [
          { name: 'article', type: 'BYTES' },
          { name: 'at', type: 'TIMESTAMP' },
          { name: 'by', type: 'STRING', mode: 'REQUIRED' },
        ],
      },
    });
    settled();
    assert.deepEqual(await writer.write([['tea', yesterday]], now), [done]);
    assert.deepEqual(writer.recovered, ['1 of article in article_2']);
  });

  it('sets rows aside that would make the table too wide, and does not ask again for every batch', async () => {
    await writerOf('wide').write([['old', yesterday]], now);
    settled();
    const many = Array.from({ length: 9999 }, (_, n) => bytesColumn(`c${n}`, ''));
    const wide = writerOf('wide', [...columns, ...many]);
    const row = ['new', yesterday, ...many.map(() => null)];
    const [first] = await wide.write([row], now);
    assert.equal(first?.kind === 'dead-letter' && first.reason, 'WAREHOUSE_TOO_MANY_COLUMNS');
    await tableOf('wide').delete();
    const [second] = await wide.write([row], now);
    assert.equal(second?.kind, 'dead-letter', 'BigQuery would have had another answer');
    assert.deepEqual(await writerOf('wide').write([['old', yesterday]], now), [done], 'others are not held up');
  });
});
