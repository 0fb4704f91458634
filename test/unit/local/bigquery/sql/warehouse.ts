import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue, type Json } from '@duckdb/node-api';
import {
  type CatalogueTable,
  type QueryParameter,
  SqlError,
  type TranslatedStatement,
  translate,
} from '../../../../../local/bigquery/sql/translate.ts';
import type { Column, ColumnMode, ColumnType } from '../../../../../local/bigquery/types.ts';

/** A column in short: `id INTEGER`, `tags STRING REPEATED`. */
export function column(text: string, fields?: readonly Column[]): Column {
  const [name = '', type = '', mode = 'NULLABLE'] = text.split(' ');
  return { name, type: type as ColumnType, mode: mode as ColumnMode, ...(fields && { fields }) };
}

const address = [column('city STRING'), column('zip INTEGER')];
const item = [column('sku STRING'), column('qty INTEGER')];

/** The tables of `acme-data.shop`, in the order of their creation. */
export const tables: readonly CatalogueTable[] = [
  {
    table: 'orders',
    partitioned: false,
    columns: [
      column('id INTEGER REQUIRED'),
      column('name STRING'),
      column('amount FLOAT'),
      column('price NUMERIC'),
      column('happened TIMESTAMP'),
      column('day DATE'),
      column('tags STRING REPEATED'),
      column('items RECORD REPEATED', item),
      column('address RECORD', address),
      column('extra JSON'),
      column('raw BYTES'),
    ],
  },
  { table: 'people', partitioned: false, columns: [column('id INTEGER'), column('nick STRING')] },
  { table: 'ingested', partitioned: true, columns: [column('n INTEGER')] },
  { table: 'events_20240101', partitioned: false, columns: [column('n INTEGER')] },
  { table: 'events_20240102', partitioned: false, columns: [column('n INTEGER'), column('kind STRING')] },
];

const setUp = `
  SET TimeZone = 'UTC';
  ATTACH ':memory:' AS "acme-data";
  CREATE SCHEMA "acme-data".shop;
  CREATE TABLE "acme-data".shop.orders(
    id BIGINT NOT NULL, name VARCHAR, amount DOUBLE, price DECIMAL(38,9), happened TIMESTAMPTZ, day DATE,
    tags VARCHAR[] DEFAULT [], items STRUCT(sku VARCHAR, qty BIGINT)[] DEFAULT [],
    address STRUCT(city VARCHAR, zip BIGINT), extra JSON, raw BLOB);
  INSERT INTO "acme-data".shop.orders VALUES
    (1, 'ann', 1.5, 1.25, '2024-01-07 01:02:03.456+00', '2024-01-07', ['a', 'b'],
     [{sku: 'p', qty: 2}, {sku: 'q', qty: 1}], {city: 'Oslo', zip: 1}, '{"k": {"v": 1}, "l": [1, 2]}', '\\xFF'),
    (2, 'bob', NULL, -3, '2024-02-29 23:59:59+00', '2024-02-29', [], [], {city: 'Bonn', zip: NULL}, '{"k": null}', NULL),
    (3, NULL, 'nan', NULL, NULL, NULL, ['c'], [{sku: 'z', qty: NULL}], NULL, NULL, NULL);
  CREATE TABLE "acme-data".shop.people(id BIGINT, nick VARCHAR);
  INSERT INTO "acme-data".shop.people VALUES (1, 'u1'), (3, 'u3'), (4, 'u4');
  CREATE TABLE "acme-data".shop.ingested(n BIGINT, "_PARTITIONTIME" TIMESTAMPTZ DEFAULT '2024-01-01 00:00:00+00');
  INSERT INTO "acme-data".shop.ingested(n) VALUES (1);
  CREATE TABLE "acme-data".shop.events_20240101(n BIGINT);
  INSERT INTO "acme-data".shop.events_20240101 VALUES (1);
  CREATE TABLE "acme-data".shop.events_20240102(n BIGINT, kind VARCHAR);
  INSERT INTO "acme-data".shop.events_20240102 VALUES (2, 'x');
`;

export const translated = (
  googleSql: string,
  parameters: readonly QueryParameter[] = [],
): readonly TranslatedStatement[] =>
  translate(googleSql, {
    defaultProject: 'acme-data',
    defaultDataset: 'shop',
    tables: (project, dataset) => (project === 'acme-data' && dataset === 'shop' ? tables : []),
    parameters,
  }).statements;

export interface Answer {
  readonly names: readonly string[];
  /** INT64 and NUMERIC as text, TIMESTAMP and its like as DuckDB prints them. */
  readonly rows: Json[][];
}

/** A DuckDB with the tables of the shop, for one test file. */
export function warehouse() {
  let connection: DuckDBConnection | undefined;
  let instance: DuckDBInstance | undefined;
  before(async () => {
    instance = await DuckDBInstance.create(':memory:');
    connection = await instance.connect();
    await connection.run(setUp);
  });
  after(() => {
    connection?.closeSync();
    instance?.closeSync();
  });

  /** Runs a script and gives the last statement's answer. */
  async function answer(googleSql: string, parameters: readonly QueryParameter[] = []): Promise<Answer> {
    let last: Answer = { names: [], rows: [] };
    for (const statement of translated(googleSql, parameters)) {
      const values = statement.parameters.map((key): DuckDBValue => {
        const found = parameters.find(({ name }) => name === key) ?? parameters[Number(key) - 1];
        return (found?.value ?? null) as DuckDBValue;
      });
      const result = await connection!.runAndReadAll(statement.sql, values);
      last = { names: result.columnNames(), rows: result.getRowsJson() };
    }
    return last;
  }

  return {
    answer,
    /** Every expression has that value. */
    expressions: (cases: readonly (readonly [string, Json])[]): void => {
      for (const [googleSql, expected] of cases) {
        it(googleSql, async () => assert.deepEqual((await answer(`SELECT ${googleSql}`)).rows, [[expected]]));
      }
    },
    /** Every query has those rows. */
    queries: (cases: readonly (readonly [string, Json[][]])[]): void => {
      for (const [googleSql, expected] of cases) {
        it(googleSql, async () => assert.deepEqual((await answer(googleSql)).rows, expected));
      }
    },
    /** Every query fails in DuckDB with a message like that one. */
    failures: (cases: readonly (readonly [string, RegExp])[]): void => {
      for (const [googleSql, message] of cases) {
        it(`fails: ${googleSql}`, () => assert.rejects(answer(googleSql), message));
      }
    },
  };
}

/** The error with which a script is refused. */
export function refusal(googleSql: string): SqlError {
  try {
    translated(googleSql);
  } catch (error) {
    if (error instanceof SqlError) return error;
    throw error;
  }
  assert.fail(`not refused: ${googleSql}`);
}
