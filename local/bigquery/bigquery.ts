import { type Clock, systemClock } from '../clock.ts';
import { type Authorize, allowAll, type Caller, operator, type StandIn } from '../stand-in.ts';
import { accessOf } from './access.ts';
import { Jobs } from './jobs/jobs.ts';
import type { Objects } from './jobs/sources.ts';
import { createEngine } from './query/engine.ts';
import { sqlTranslator } from './query/translate-sql.ts';
import { Views } from './query/views.ts';
import { datasetRoutes } from './rest/datasets.ts';
import { jobRoutes } from './rest/jobs.ts';
import { startRestServer } from './rest/server.ts';
import { tabledataRoutes } from './rest/tabledata.ts';
import { tableRoutes } from './rest/tables.ts';
import type { OnAppend } from './storage-write/append-session.ts';
import { startStorageWriteServer } from './storage-write/server.ts';
import { Catalogue } from './store/catalogue.ts';
import { Database } from './store/database.ts';
import { rowJson } from './values/cell.ts';

export interface BigqueryOptions {
  /** Holds the DuckDB files, one per project. Everything in it survives a restart. */
  readonly folder: string;
  readonly authorize?: Authorize;
  /** An object's content, for load jobs; undefined when there is no such object. */
  readonly readObject?: Objects['readObject'];
  /** The objects whose names begin with the prefix, for load jobs with a wildcard. */
  readonly listObjects?: Objects['listObjects'];
  /** How long after a schema change the write paths still see the old schema: minutes in the product, 0 by default. */
  readonly schemaDelayMillis?: number;
  /** Sees every append of the Storage Write API once its rows can be queried. */
  readonly onAppend?: OnAppend;
  readonly clock?: Pick<Clock, 'now'>;
}

/** BigQuery on one machine. `listen` opens a port for the REST API. */
export interface Bigquery extends StandIn {
  /** Opens a port on 127.0.0.1 for the Storage Write API over gRPC; 0 picks a free one. Answers with the port. */
  listenStorage(caller: Caller, port?: number): Promise<number>;
  /** Runs GoogleSQL as the operator. Values are as the REST API prints them, TIMESTAMPs in ISO 8601. */
  query(sql: string, project?: string): Promise<QueryRows>;
}

export interface QueryRows {
  readonly columns: { readonly name: string; readonly type: string }[];
  readonly rows: unknown[][];
}

/** Opens the folder. Rejects when another process has it open. */
export async function startBigquery(options: BigqueryOptions): Promise<Bigquery> {
  const { authorize = allowAll, onAppend = () => undefined, clock = systemClock } = options;
  const now = () => clock.now();
  const database = await Database.open(
    options.folder,
    clock === systemClock ? undefined : () => clock.now() - systemClock.now(),
  );
  const catalogue = new Catalogue(database, now, options.schemaDelayMillis ?? 0);
  await catalogue.load();
  const jobs = new Jobs(database, now);
  await jobs.load();
  const translate = sqlTranslator(catalogue);
  const views = new Views(catalogue, translate);
  const access = accessOf(authorize);
  const engine = createEngine(catalogue, views, access, translate);
  const objects: Objects = {
    readObject: options.readObject ?? (() => Promise.resolve(undefined)),
    listObjects: options.listObjects ?? (() => []),
  };
  const routes = [
    ...datasetRoutes(catalogue, access),
    ...tableRoutes(catalogue, views, access, now),
    ...tabledataRoutes(catalogue, access, now),
    ...jobRoutes({ catalogue, jobs, engine, views, objects, access }, now),
  ];
  const servers: { close(): Promise<void> }[] = [];

  return {
    async listen(caller, port = 0) {
      const server = await startRestServer(routes, caller, port);
      servers.push(server);
      return server.port;
    },
    async listenStorage(caller, port = 0) {
      const server = await startStorageWriteServer({ catalogue, authorize, now, onAppend }, caller, port);
      servers.push(server);
      return server.port;
    },
    async query(sql, project = [...database.projects][0] ?? '') {
      const request = { project, dataset: undefined, parameters: [] };
      const result = await engine.run(engine.prepare(sql, request), operator);
      return {
        columns: result.columns.map(({ name, type }) => ({ name, type })),
        rows: result.rows.map(row => rowJson(result.columns, row, 'ISO8601_STRING').f.map(cell => cell.v)),
      };
    },
    async close() {
      await Promise.all(servers.splice(0).map(server => server.close()));
      await jobs.settled();
      await database.close();
    },
  };
}
