import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  Server,
  type ServerDuplexStream,
  status,
} from '@grpc/grpc-js';
import { type GrpcPort, listenGrpc } from '../../grpc-port.ts';
import type { Authorize, Caller } from '../../stand-in.ts';
import { ApiError } from '../errors.ts';
import { type TableName, tableResource } from '../names.ts';
import type { Catalogue } from '../store/catalogue.ts';
import { AppendSession, type OnAppend } from './append-session.ts';
import { type AppendRowsRequest, type AppendRowsResponse, RpcError, serviceError, writeService } from './service.ts';
import { parseStreamName } from './stream-name.ts';
import { tableSchema } from './table-schema.ts';

/** Over BigQuery's own limit, so that a larger request gets BigQuery's error rather than gRPC's. */
const maxMessageBytes = 64 * 1024 * 1024;

export interface StorageWriteOptions {
  readonly catalogue: Catalogue;
  readonly authorize: Authorize;
  readonly now: () => number;
  readonly onAppend: OnAppend;
}

/** Opens a port that speaks the Storage Write API for one caller. */
export async function startStorageWriteServer(
  { catalogue, authorize, now, onAppend }: StorageWriteOptions,
  caller: Caller,
  port: number,
): Promise<GrpcPort> {
  const connections = new Set<Connection>();

  function mayWrite(name: TableName): void {
    const resource = tableResource(name);
    if (authorize(caller, 'bigquery.tables.updateData', resource)) return;
    throw new RpcError(
      status.PERMISSION_DENIED,
      `Permission 'TABLES_UPDATE_DATA' denied on resource '${resource}' (or it may not exist).`,
    );
  }

  const getWriteStream: handleUnaryCall<{ name?: string; view?: string }, object> = (call, callback) => {
    const { name = '', view } = call.request;
    try {
      const table = parseStreamName(name);
      mayWrite(table);
      const record = catalogue.findTable(table);
      const columns = record?.kind === 'TABLE' ? catalogue.writableColumns(record) : undefined;
      if (columns === undefined) throw tableNotFound;
      const schema = view === 'FULL' ? { tableSchema: tableSchema(columns) } : {};
      callback(null, { name, type: 'COMMITTED', location: 'US', writeMode: 'INSERT', ...schema });
    } catch (error) {
      callback(serviceError(error instanceof ApiError ? tableNotFound : error, name));
    }
  };

  const appendRows: handleBidiStreamingCall<AppendRowsRequest, AppendRowsResponse> = call => {
    const connection = new Connection(call, new AppendSession(catalogue, now, mayWrite, onAppend));
    connections.add(connection);
    void connection.ended.then(() => connections.delete(connection));
  };

  const server = new Server({
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
  });
  server.addService(writeService, {
    AppendRows: appendRows,
    GetWriteStream: getWriteStream,
    CreateWriteStream: refuse,
    FinalizeWriteStream: refuse,
    BatchCommitWriteStreams: refuse,
    FlushRows: refuse,
  });
  const listener = await listenGrpc(server, port);
  return {
    port: listener.port,
    /** Lets the appends in flight finish, ends the connections and closes the port. */
    async close() {
      await Promise.all([...connections].map(connection => connection.finish()));
      await listener.close();
    },
  };
}

const tableNotFound = new RpcError(status.NOT_FOUND, 'Requested table was not found.', 'TABLE_NOT_FOUND');

const refuse: handleUnaryCall<object, object> = (_call, callback) =>
  callback(
    serviceError(
      new RpcError(status.UNIMPLEMENTED, 'The local BigQuery has default streams only: append to streams/_default.'),
      '',
    ),
  );

/** One AppendRows call: requests are answered one after the other, in their order. */
class Connection {
  readonly ended: Promise<unknown>;
  readonly #call: ServerDuplexStream<AppendRowsRequest, AppendRowsResponse>;
  readonly #session: AppendSession;
  #last: Promise<void> = Promise.resolve();
  #failed = false;

  constructor(call: ServerDuplexStream<AppendRowsRequest, AppendRowsResponse>, session: AppendSession) {
    this.#call = call;
    this.#session = session;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.ended = promise;
    call.on('data', (request: AppendRowsRequest) => {
      // Requests wait in the client rather than here.
      call.pause();
      this.#last = this.#answer(request).finally(() => call.resume());
    });
    call.on('end', () => {
      void this.#last.then(() => {
        if (!this.#failed) call.end();
        resolve(undefined);
      });
    });
    call.on('cancelled', () => resolve(undefined));
    call.on('error', () => resolve(undefined));
  }

  /** Answers what is being written, then ends the call so that the client connects anew. */
  async finish(): Promise<void> {
    await this.#last;
    if (this.#failed) return;
    this.#failed = true;
    this.#call.emit(
      'error',
      serviceError(new RpcError(status.UNAVAILABLE, 'The server is shutting down.'), this.#session.writeStream),
    );
  }

  async #answer(request: AppendRowsRequest): Promise<void> {
    if (this.#failed) return;
    try {
      const response = await this.#session.append(request);
      this.#call.write(response);
    } catch (error) {
      this.#failed = true;
      this.#call.emit('error', serviceError(error, this.#session.writeStream));
    }
  }
}
