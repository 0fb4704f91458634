import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { duckdbName } from '../../../../local/bigquery/names.ts';
import { parseColumns, schemaChange } from '../../../../local/bigquery/schema.ts';
import { Catalogue } from '../../../../local/bigquery/store/catalogue.ts';
import { Database } from '../../../../local/bigquery/store/database.ts';
import type { ColumnType } from '../../../../local/bigquery/types.ts';

const name = { project: 'acme', dataset: 'ds', table: 't' };

async function openCatalogue(t: TestContext, folder = mkdtempSync(join(tmpdir(), 'onramp-catalogue-'))) {
  const database = await Database.open(folder);
  t.after(async () => {
    await database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const catalogue = new Catalogue(database, () => 1000, 0);
  await catalogue.load();
  return { catalogue, database, folder };
}

const scalars: ColumnType[] = [
  'STRING',
  'BYTES',
  'INTEGER',
  'FLOAT',
  'NUMERIC',
  'BIGNUMERIC',
  'BOOLEAN',
  'TIMESTAMP',
  'DATETIME',
  'DATE',
  'TIME',
  'INTERVAL',
  'JSON',
];

describe('a table with rows', () => {
  it('takes a column of every type and mode, and rows read NULL or an empty array from it', async t => {
    const { catalogue, database } = await openCatalogue(t);
    await catalogue.createDataset({ project: 'acme', dataset: 'ds', properties: {} });
    const before = parseColumns([{ name: 'id', type: 'INTEGER', mode: 'REQUIRED' }]);
    await database.transaction(transaction =>
      catalogue.createTable(transaction, { ...name, kind: 'TABLE', columns: before, properties: {} }),
    );
    // More rows than one of DuckDB's vectors holds.
    await database.write(connection => connection.run(`INSERT INTO ${duckdbName(name)} SELECT * FROM range(5000)`));
    const fields = scalars.flatMap(type => [
      { name: `one_${type}`, type },
      { name: `many_${type}`, type, mode: 'REPEATED' },
      {
        name: `record_${type}`,
        type: 'RECORD',
        fields: [
          { name: 'x', type },
          { name: 'y', type, mode: 'REPEATED' },
        ],
      },
      { name: `records_${type}`, type: 'RECORD', mode: 'REPEATED', fields: [{ name: 'x', type }] },
    ]);
    const after = parseColumns([{ name: 'id', type: 'INTEGER', mode: 'NULLABLE' }, ...fields]);
    const { columns, steps } = schemaChange(name, before, after);
    await database.transaction(transaction =>
      catalogue.changeTable(transaction, { ...catalogue.table(name), columns }, steps),
    );
    const counts = after
      .slice(1)
      .map(column => `count(*) FILTER ("${column.name}" IS ${column.mode === 'REPEATED' ? 'NOT' : ''} NULL)`);
    const result = await database.read(connection =>
      connection.runAndReadAll(`SELECT ${counts.join(', ')} FROM ${duckdbName(name)}`),
    );
    assert.deepEqual(new Set(result.getRows()[0]), new Set([5000n]));
  });
});

describe('a transaction', () => {
  it('that fails leaves neither a table nor its record', async t => {
    const { catalogue, database } = await openCatalogue(t);
    await catalogue.createDataset({ project: 'acme', dataset: 'ds', properties: {} });
    const columns = parseColumns([{ name: 'id', type: 'INTEGER' }]);
    const create = database.transaction(async transaction => {
      await catalogue.createTable(transaction, { ...name, kind: 'TABLE', columns, properties: {} });
      throw new Error('no');
    });
    await assert.rejects(create, /no/);
    assert.equal(catalogue.findTable(name), undefined);
    await assert.rejects(
      database.read(connection => connection.run(`SELECT * FROM ${duckdbName(name)}`)),
      /does not exist/,
    );
  });
});

describe('the database', () => {
  it('is opened again after an internal error of DuckDB, with everything that was committed', async t => {
    const { catalogue, database } = await openCatalogue(t);
    await catalogue.createDataset({ project: 'acme', dataset: 'ds', properties: {} });
    const columns = parseColumns([{ name: 'id', type: 'INTEGER' }]);
    await database.transaction(transaction =>
      catalogue.createTable(transaction, { ...name, kind: 'TABLE', columns, properties: {} }),
    );
    await database.write(connection => connection.run(`INSERT INTO ${duckdbName(name)} SELECT * FROM range(5000)`));
    // A statement that DuckDB 1.5 fails an assertion on, and stops working.
    const failing = database.write(connection =>
      connection.run(`ALTER TABLE ${duckdbName(name)} ADD COLUMN l VARCHAR[] DEFAULT []`),
    );
    await assert.rejects(failing, /INTERNAL Error/);
    const result = await database.read(connection =>
      connection.runAndReadAll(`SELECT count(*) FROM ${duckdbName(name)}`),
    );
    assert.deepEqual(result.getRows(), [[5000n]]);
  });

  it('keeps readers out of what a writer has not committed', async t => {
    const { catalogue, database } = await openCatalogue(t);
    await catalogue.createDataset({ project: 'acme', dataset: 'ds', properties: {} });
    const columns = parseColumns([{ name: 'id', type: 'INTEGER' }]);
    await database.transaction(transaction =>
      catalogue.createTable(transaction, { ...name, kind: 'TABLE', columns, properties: {} }),
    );
    const count = () =>
      database.read(connection => connection.runAndReadAll(`SELECT count(*) FROM ${duckdbName(name)}`));
    await database.transaction(async ({ connection }) => {
      await connection.run(`INSERT INTO ${duckdbName(name)} VALUES (1)`);
      assert.deepEqual((await count()).getRows(), [[0n]]);
    });
    assert.deepEqual((await count()).getRows(), [[1n]]);
  });

  it('refuses projects that cannot be a database of DuckDB', async t => {
    const { catalogue } = await openCatalogue(t);
    for (const project of ['system', '../up', 'UPPER', '']) {
      await assert.rejects(catalogue.createDataset({ project, dataset: 'ds', properties: {} }), { name: 'ApiError' });
    }
  });
});
