import { type AvroColumn, avroColumns, columnsOfAvro } from '../avro/avro-columns.ts';
import { avroRows } from '../avro/avro-rows.ts';
import { AvroError, readAvroFile } from '../avro/container.ts';
import { ApiError, duplicate, invalid, notFound } from '../errors.ts';
import { checkLayout, parsePartitioning } from '../layout.ts';
import { duckdbName, tableId } from '../names.ts';
import { pick } from '../properties.ts';
import { schemaChange } from '../schema.ts';
import { appendRows } from '../store/append.ts';
import type { Catalogue, Draft } from '../store/catalogue.ts';
import type { Transaction } from '../store/database.ts';
import type { TableRecord } from '../store/records.ts';
import type { Column } from '../types.ts';
import { ValueError } from '../values/scalar.ts';
import type { Commit, Outcome } from './jobs.ts';
import type { LoadConfiguration } from './load-configuration.ts';
import { wantedColumns } from './load-schema.ts';
import { findSources, type Objects } from './sources.ts';

/** Rows that are appended at a time. */
const batchRows = 10_240;

interface SourceFile {
  readonly uri: string;
  readonly bytes: Buffer;
  readonly fields: readonly AvroColumn[];
}

/** Runs a load job: all rows of all files, or nothing. Says also whether the table’s schema has changed. */
export async function runLoad(
  catalogue: Catalogue,
  objects: Objects,
  load: LoadConfiguration,
  commit: Commit,
  now: number,
): Promise<Outcome & { readonly schemaChanged: boolean }> {
  const files = await readSources(objects, load);
  catalogue.dataset(load.destination);
  const fileColumns = files.map(file => columnsOfAvro(file.fields));
  return catalogue.database.transaction(async transaction => {
    const { table, schemaChanged } = await prepareTable(catalogue, transaction, load, fileColumns);
    let rows = 0;
    for (const file of files) rows += await loadFile(transaction, table, file, now);
    const statistics = {
      load: {
        inputFiles: String(files.length),
        inputFileBytes: String(files.reduce((sum, file) => sum + file.bytes.length, 0)),
        outputRows: String(rows),
        outputBytes: '0',
        badRecords: '0',
      },
    };
    await commit(transaction, statistics);
    return { statistics, schemaChanged };
  });
}

async function readSources(objects: Objects, load: LoadConfiguration): Promise<SourceFile[]> {
  const uris = load.sources.flatMap(uri => findSources(objects, uri));
  const files: SourceFile[] = [];
  for (const { uri, bucket, name } of uris) {
    const bytes = await objects.readObject(bucket, name);
    if (bytes === undefined) throw notFound('URI', uri);
    files.push({
      uri,
      bytes,
      fields: reading(uri, () => avroColumns(readAvroFile(bytes).schema, load.reading)),
    });
  }
  return files;
}

/** Makes, empties or extends the table, as the dispositions say. */
async function prepareTable(
  catalogue: Catalogue,
  transaction: Transaction,
  load: LoadConfiguration,
  files: readonly (readonly Column[])[],
): Promise<{ table: TableRecord; schemaChanged: boolean }> {
  const { destination } = load;
  const old = catalogue.findTable(destination);
  if (old === undefined) {
    if (!load.createIfNeeded) throw notFound('Table', tableId(destination));
    return { table: await catalogue.createTable(transaction, newTable(load, files)), schemaChanged: false };
  }
  if (old.kind === 'VIEW') throw invalid(`${tableId(destination)} is a view; rows are loaded into tables only.`);
  if (load.writeDisposition === 'WRITE_EMPTY' && (await hasRows(transaction, old))) {
    throw duplicate('Table', tableId(destination));
  }
  const columns = wantedColumns(load, old, files);
  if (load.writeDisposition === 'WRITE_TRUNCATE') {
    if (JSON.stringify(columns) === JSON.stringify(old.columns)) {
      await transaction.connection.run(`DELETE FROM ${duckdbName(old)}`);
      return { table: old, schemaChanged: false };
    }
    const draft = { ...old, columns };
    checkLayout(draft);
    return { table: await catalogue.recreateTable(transaction, draft), schemaChanged: true };
  }
  const { columns: merged, steps } = schemaChange(destination, old.columns, columns);
  if (steps.length === 0) return { table: old, schemaChanged: false };
  return { table: await catalogue.changeTable(transaction, { ...old, columns: merged }, steps), schemaChanged: true };
}

function newTable(load: LoadConfiguration, files: readonly (readonly Column[])[]): Draft<TableRecord> {
  const partitioning = parsePartitioning(load.settings);
  const draft: Draft<TableRecord> = {
    ...load.destination,
    kind: 'TABLE',
    columns: wantedColumns(load, undefined, files),
    properties: pick(load.settings, ['clustering', 'description', 'friendlyName', 'labels']),
    ...(partitioning && { timePartitioning: partitioning }),
  };
  checkLayout(draft);
  return draft;
}

async function hasRows({ connection }: Transaction, table: TableRecord): Promise<boolean> {
  const result = await connection.runAndReadAll(`SELECT 1 FROM ${duckdbName(table)} LIMIT 1`);
  return result.currentRowCount > 0;
}

async function loadFile(
  { connection }: Transaction,
  table: TableRecord,
  file: SourceFile,
  now: number,
): Promise<number> {
  const rows = avroRows(readAvroFile(file.bytes), table.columns, file.fields);
  let count = 0;
  for (;;) {
    const batch = reading(file.uri, () => nextBatch(rows));
    await appendRows(connection, table, batch, now);
    count += batch.length;
    if (batch.length < batchRows) return count;
  }
}

function nextBatch<T>(rows: Iterator<T>): T[] {
  const batch: T[] = [];
  while (batch.length < batchRows) {
    const next = rows.next();
    if (next.done === true) break;
    batch.push(next.value);
  }
  return batch;
}

/** Tells which file it was that could not be read. */
function reading<T>(uri: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ApiError) throw error;
    const why = error instanceof AvroError || error instanceof ValueError ? error.message : String(error);
    throw invalid(`Error while reading data, error message: ${why}. File: ${uri}`, uri);
  }
}
