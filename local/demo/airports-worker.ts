/** A PostgreSQL of the demo's own, in a thread of its own: starting it keeps a core busy for seconds. */
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

/** What the thread is started with. */
export interface AirportsWorkerData {
  /** Where the database's files are. */
  readonly folder: string;
  readonly port: number;
}

const { folder, port } = workerData as AirportsWorkerData;
const database = await PGlite.create({ dataDir: folder });
const server = new PGLiteSocketServer({ db: database, host: '127.0.0.1', port, maxConnections: 20 });
await server.start();
parentPort?.once('message', () => {
  void server
    .stop()
    .then(() => database.close())
    .finally(() => process.exit(0));
});
parentPort?.postMessage('ready');
