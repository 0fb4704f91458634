import type { DuckDBValue } from '@duckdb/node-api';
import { status } from '@grpc/grpc-js';
import { ApiError } from '../errors.ts';
import { type TableName, tableId } from '../names.ts';
import { appendRows } from '../store/append.ts';
import type { Catalogue } from '../store/catalogue.ts';
import { partitionCheck } from '../store/partition-bounds.ts';
import type { TableRecord } from '../store/records.ts';
import type { Column } from '../types.ts';
import { ValueError } from '../values/scalar.ts';
import type { DescriptorProto } from './proto-types.ts';
import { type RowReader, rowReader } from './row-reader.ts';
import {
  type AppendRowsRequest,
  type AppendRowsResponse,
  type RowError,
  RpcError,
  requestSize,
  rpcStatus,
} from './service.ts';
import { parseStreamName } from './stream-name.ts';
import { tableSchema } from './table-schema.ts';
import { WireError } from './wire-reader.ts';
import { WriterSchemaError } from './writer-schema-error.ts';

/** https://cloud.google.com/bigquery/quotas#write-api-limits */
const maxRequestBytes = 10 * 1024 * 1024;
/** BigQuery lists the first bad rows only, when there are many. */
const maxRowErrors = 100;

/** Is told how many rows were appended to which table. */
export type OnAppend = (dataset: string, table: string, rows: number) => void;

/** What one AppendRows connection remembers between its requests. */
export class AppendSession {
  readonly #catalogue: Catalogue;
  readonly #now: () => number;
  /** Throws an RpcError when the caller may not write the table. */
  readonly #authorize: (name: TableName) => void;
  readonly #onAppend: OnAppend;
  #writeStream = '';
  #descriptor: DescriptorProto | undefined;
  /** The columns that the table had when the connection was made, or that the writer has been told of since. */
  #known: readonly Column[] | undefined;
  #prepared: { readonly etag: string; readonly known: readonly Column[]; readonly read: RowReader } | undefined;

  constructor(
    catalogue: Catalogue,
    now: () => number,
    authorize: (name: TableName) => void,
    onAppend: OnAppend = () => undefined,
  ) {
    this.#catalogue = catalogue;
    this.#now = now;
    this.#authorize = authorize;
    this.#onAppend = onAppend;
  }

  get writeStream(): string {
    return this.#writeStream;
  }

  /**
   * Writes a request's rows, all or none: they are visible to queries when it resolves. Rejects with an RpcError for
   * what ends the connection.
   */
  async append(request: AppendRowsRequest): Promise<AppendRowsResponse> {
    const name = this.#accept(request);
    let news: Pick<AppendRowsResponse, 'updatedSchema'> = {};
    try {
      await this.#catalogue.database.write(async connection => {
        const table = this.#table(name);
        const rows = this.#readRows(table, request.protoRows?.rows?.serializedRows ?? []);
        await appendRows(connection, table, rows, this.#now());
        news = this.#news(table);
      });
    } catch (error) {
      if (error instanceof RowErrors) {
        const message = `Errors found while processing rows. Please refer to the row_errors field for details. The list may not be complete because of the size limitations.`;
        return { ...this.#failure(new RpcError(status.INVALID_ARGUMENT, message)), rowErrors: error.rowErrors };
      }
      if (error instanceof WriterSchemaError) {
        const detail = error.kind === 'extraFields' ? 'SCHEMA_MISMATCH_EXTRA_FIELDS' : undefined;
        return this.#failure(new RpcError(status.INVALID_ARGUMENT, error.message, detail));
      }
      throw error;
    }
    this.#onAppend(name.dataset, name.table, request.protoRows?.rows?.serializedRows?.length ?? 0);
    return { appendResult: {}, writeStream: this.#writeStream, ...news };
  }

  /** The schema, when it has changed since the writer last heard of it. From then on the connection takes it. */
  #news(table: TableRecord): Pick<AppendRowsResponse, 'updatedSchema'> {
    const columns = this.#catalogue.writableColumns(table);
    const known = this.#known;
    this.#known = columns;
    if (known === undefined || known === columns) return {};
    const updatedSchema = tableSchema(columns);
    return JSON.stringify(updatedSchema) === JSON.stringify(tableSchema(known)) ? {} : { updatedSchema };
  }

  /** Takes over what the request changes about the connection; answers with its table. */
  #accept(request: AppendRowsRequest): TableName {
    if (requestSize(request) > maxRequestBytes) {
      throw new RpcError(
        status.INVALID_ARGUMENT,
        `AppendRows request too large: ${requestSize(request)} limit ${maxRequestBytes}`,
      );
    }
    if (request.writeStream !== undefined && request.writeStream !== '' && request.writeStream !== this.#writeStream) {
      this.#writeStream = request.writeStream;
      this.#prepared = undefined;
      this.#known = undefined;
    }
    const name = parseStreamName(this.#writeStream);
    this.#authorize(name);
    if (request.offset) {
      throw new RpcError(status.INVALID_ARGUMENT, 'The offset must not be set when appending to the default stream.');
    }
    if (request.arrowRows)
      throw new RpcError(status.UNIMPLEMENTED, 'Rows in Arrow format are not supported by the local BigQuery.');
    const descriptor = request.protoRows?.writerSchema?.protoDescriptor;
    if (descriptor) {
      this.#descriptor = descriptor;
      this.#prepared = undefined;
    }
    return name;
  }

  #table(name: TableName): TableRecord {
    try {
      const table = this.#catalogue.table(name);
      if (table.kind === 'TABLE') {
        const columns = this.#catalogue.writableColumns(table);
        // A connection goes on with the columns that it began with, until it has been told of others.
        this.#known ??= columns;
        return table;
      }
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw new RpcError(status.NOT_FOUND, `${error.message}.`, 'TABLE_NOT_FOUND');
    }
    throw new RpcError(status.INVALID_ARGUMENT, `${tableId(name)} is a view: rows can be appended to tables only.`);
  }

  #readRows(table: TableRecord, serialized: readonly Buffer[]): DuckDBValue[][] {
    const read = this.#prepare(table);
    const check = partitionCheck(table, this.#now());
    const rows: DuckDBValue[][] = [];
    const errors: RowError[] = [];
    for (const [index, bytes] of serialized.entries()) {
      const row = readRow(read, bytes);
      const problem = typeof row === 'string' ? row : check(row);
      if (problem !== undefined) errors.push({ index, code: 'FIELDS_ERROR', message: problem });
      else if (typeof row !== 'string') rows.push(row);
      if (errors.length === maxRowErrors) break;
    }
    if (errors.length > 0) throw new RowErrors(errors);
    return rows;
  }

  #prepare(table: TableRecord): RowReader {
    const known = this.#known ?? table.columns;
    if (this.#prepared?.etag !== table.etag || this.#prepared.known !== known) {
      if (this.#descriptor === undefined) {
        throw new RpcError(status.INVALID_ARGUMENT, 'The first request must have the writer_schema of its rows.');
      }
      this.#prepared = { etag: table.etag, known, read: rowReader(table.columns, known, this.#descriptor) };
    }
    return this.#prepared.read;
  }

  #failure(error: RpcError): AppendRowsResponse {
    return { error: rpcStatus(error, this.#writeStream), writeStream: this.#writeStream };
  }
}

class RowErrors extends Error {
  readonly rowErrors: readonly RowError[];

  constructor(rowErrors: readonly RowError[]) {
    super('some rows do not fit their table');
    this.rowErrors = rowErrors;
  }
}

/** The row's values, or what is wrong with it. */
function readRow(read: RowReader, bytes: Buffer): DuckDBValue[] | string {
  try {
    return read(bytes);
  } catch (error) {
    if (error instanceof ValueError) return error.message;
    if (error instanceof WireError) return `The row is no valid protocol buffer: ${error.message}.`;
    throw error;
  }
}
