import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import pg from 'pg';
import type { AirportsWorkerData } from './airports-worker.ts';
import { readDataset, readJsonDataset } from './dataset.ts';
import type { FlightRow } from './flights.ts';

/** The database of the example service `airports`. */
export interface AirportsDatabase {
  /** Resolves when it serves; rejects when it could not be started. */
  ready(): Promise<void>;
  /**
   * Puts the airports and flights of the dataset into it that are not there yet, and marks every flight as changed at
   * that moment, so that the interval with it has them all.
   */
  fill(changed: Date): Promise<void>;
  /** Changes some flights now, and adds one. */
  change(): Promise<void>;
  count(table: 'airports' | 'flights'): Promise<number>;
  close(): Promise<void>;
}

/** Starts it beside everything else; it serves once `ready` resolves. `folder` keeps its files for the next start. */
export function startAirportsDatabase(folder: string, port: number): AirportsDatabase {
  mkdirSync(dirname(folder), { recursive: true });
  const data: AirportsWorkerData = { folder, port };
  const worker = new Worker(new URL('./airports-worker.ts', import.meta.url), { workerData: data, execArgv: [] });
  const ready = once(worker, 'message').then(() => undefined);
  // Whoever waits is told; the demo may end before anybody does.
  ready.catch(() => undefined);
  const query = async (text: string, values: readonly string[] = []) => {
    await ready;
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
    await client.connect();
    try {
      return (await client.query({ text, values, rowMode: 'array', types: asText })).rows;
    } finally {
      await client.end();
    }
  };

  return {
    ready: () => ready,
    async fill(changed) {
      await query(tables.airports);
      await query(tables.flights);
      await query(insertAirports, [JSON.stringify(airports())]);
      await query(insertFlights, [JSON.stringify(flights())]);
      await query('UPDATE flights SET changed_at = $1', [changed.toISOString()]);
    },
    async change() {
      await query(
        `UPDATE flights SET delay_minutes = delay_minutes + 1, changed_at = now()
         WHERE id IN (SELECT id FROM flights ORDER BY random() LIMIT 20)`,
      );
      await query(`INSERT INTO flights SELECT max(id) + 1, now(), 0, 500, now() FROM flights`);
    },
    async count(table) {
      const [row] = await query(`SELECT count(*) FROM ${table}`);
      return Number(row?.[0]);
    },
    async close() {
      const ended = once(worker, 'exit');
      worker.postMessage('stop');
      await ended;
    },
  };
}

/** Values as PostgreSQL writes them. */
const asText = { getTypeParser: () => (text: string) => text };

const tables = {
  airports: `CREATE TABLE IF NOT EXISTS airports (
    iata text PRIMARY KEY, name text, city text, state text, country text,
    latitude double precision, longitude double precision)`,
  flights: `CREATE TABLE IF NOT EXISTS flights (
    id integer PRIMARY KEY, departed_at timestamptz, delay_minutes integer, distance_miles integer,
    changed_at timestamptz NOT NULL)`,
};

const insertAirports = `INSERT INTO airports SELECT * FROM json_populate_recordset(NULL::airports, $1) ON CONFLICT DO NOTHING`;
const insertFlights = `INSERT INTO flights SELECT * FROM json_populate_recordset(NULL::flights, $1) ON CONFLICT DO NOTHING`;

/** The rows of airports.csv, in which no value has a line break. */
function airports(): Record<string, string>[] {
  const [head = '', ...lines] = readDataset('airports.csv').toString('utf8').trim().split(/\r?\n/);
  const names = head.split(',');
  return lines.map(line => {
    const values = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
      ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
    );
    return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
  });
}

const flightCount = 2000;
const firstDay = Date.UTC(2001, 0, 1);

function flights() {
  return (readJsonDataset('flights-2k.json') as (FlightRow & { readonly date: string })[])
    .slice(0, flightCount)
    .map(({ delay, distance }, id) => ({
      id,
      departed_at: new Date(firstDay + id * 60_000).toISOString(),
      delay_minutes: delay,
      distance_miles: distance,
      changed_at: new Date(firstDay).toISOString(),
    }));
}

/** A port on which it can be started later: the exports are told of it before. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise(resolve => server.close(resolve));
  return port;
}
