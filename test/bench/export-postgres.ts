/**
 * Rows per second of an export from PostgreSQL to Avro files, against `psql \copy … to` CSV in the same run, and the peak
 * of memory: 16 columns as those of TPC-H's lineitem. Usage: node test/bench/export-postgres.ts [millions of rows, 1] [tls]
 * The files go nowhere, as psql's do: what is measured is reading, converting, compressing and checksums.
 */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { ObjectUpload } from '../../functions/clients/object-stream.ts';
import { mallocArenas } from '../../functions/core/batch/batch-wiring.ts';
import type { ExportRequest } from '../../functions/core/batch/export-request.ts';
import { parseManifest } from '../../functions/core/batch/manifest.ts';
import { openPostgres } from '../../functions/sources/postgres/postgres-source.ts';
import { createExport } from '../../functions/stages/export.ts';
import { authority } from '../support/certificates.ts';
import { postgresBin, startPostgres } from '../support/database-server.ts';

// The C library reads it when a process starts.
if (process.env['MALLOC_ARENA_MAX'] === undefined) {
  const env = { ...process.env, MALLOC_ARENA_MAX: mallocArenas };
  process.exit(spawnSync(process.execPath, process.argv.slice(1), { stdio: 'inherit', env }).status ?? 1);
}

const rows = Math.round(Number(process.argv[2] ?? 1) * 1e6);
const trusted = process.argv[3] === 'tls' ? authority('Bench') : undefined;
const server = await startPostgres(
  'UTF8',
  trusted && { ...trusted.issue({ name: 'database', hosts: ['127.0.0.1'] }), clients: trusted.certificate },
);
const psql = (...args: string[]) =>
  new Promise<void>((resolve, reject) => {
    const host = ['-h', '127.0.0.1', '-p', String(server.port), '-U', server.user, '-d', server.database];
    const child = spawn(join(postgresBin ?? '', 'psql'), ['-q', '-v', 'ON_ERROR_STOP=1', ...host, ...args], {
      stdio: 'inherit',
    });
    child.once('exit', code => (code === 0 ? resolve() : reject(new Error(`psql ended with ${code}`))));
  });

const text = (values: string) => `(ARRAY[${values}])[1 + (n * 7919 % 3)::int]`;
await psql(
  '-c',
  `CREATE UNLOGGED TABLE lineitem AS SELECT
    n / 4 AS l_orderkey, (n * 155190 % 200000)::bigint AS l_partkey, (n * 7706 % 10000)::bigint AS l_suppkey,
    (n % 7)::int AS l_linenumber, (1 + n % 50)::numeric(12, 2) AS l_quantity,
    (900 + n % 104000 + (n % 100) / 100.0)::numeric(12, 2) AS l_extendedprice, (n % 11 / 100.0)::numeric(12, 2) AS l_discount,
    (n % 9 / 100.0)::numeric(12, 2) AS l_tax, ${text("'A','N','R'")}::char(1) AS l_returnflag,
    ${text("'O','F','O'")}::char(1) AS l_linestatus, date '1992-01-02' + (n % 2500)::int AS l_shipdate,
    date '1992-01-31' + (n % 2450)::int AS l_commitdate, date '1992-01-04' + (n % 2530)::int AS l_receiptdate,
    ${text("'DELIVER IN PERSON','COLLECT COD','TAKE BACK RETURN'")}::char(25) AS l_shipinstruct,
    ${text("'TRUCK','MAIL','REG AIR'")}::char(10) AS l_shipmode,
    substr(md5(n::text) || ' carefully final deposits', 1, 10 + (n % 34)::int)::varchar(44) AS l_comment
  FROM generate_series(1, ${rows}::bigint) AS n`,
);
await psql('-c', 'ANALYZE lineitem');

const report = (name: string, seconds: number, cpu?: number) =>
  console.log(
    `${name.padEnd(34)} ${Math.round(rows / seconds)
      .toLocaleString('en')
      .padStart(10)} rows/s` +
      (cpu === undefined ? '' : `, ${Math.round(rows / cpu).toLocaleString('en')} rows per CPU-second of the export`),
  );

async function copyByPsql(): Promise<number> {
  const from = performance.now();
  await psql('-c', '\\copy lineitem to /dev/null csv');
  return (performance.now() - from) / 1000;
}

const stored = new Map<string, Buffer>();
const request: ExportRequest = {
  version: 1,
  export: 'bench/lineitem',
  interval: { start: '2026-01-01T00:00:00.000Z', end: '2026-01-02T00:00:00.000Z' },
  attempt: 1,
  connection: {
    kind: 'postgres',
    host: '127.0.0.1',
    port: server.port,
    database: server.database,
    user: server.user,
    ip: 'public',
    auth: { method: 'secret', secret: 'projects/bench/secrets/password/versions/1' },
    ...(trusted && { tls: { mode: 'verify', ca: { pem: trusted.certificate } } as const }),
  },
  source: { type: 'query', query: 'SELECT * FROM lineitem' },
  columns: {},
  contract: { newColumns: 'evolve', unclassified: 'allow' },
  incremental: false,
  destinations: [],
  timeoutSeconds: 3600,
  bucket: 'bench',
  prefix: 'attempt=1/',
};

async function exportOnce(): Promise<{ seconds: number; cpu: number; bytes: number }> {
  stored.clear();
  const from = performance.now();
  const cpu = process.cpuUsage();
  await createExport({
    openSource: openPostgres,
    openBucket: () => ({
      upload: (): ObjectUpload => {
        let bytes = 0;
        return {
          write: chunk => Promise.resolve(void (bytes += chunk.length)),
          close: () => Promise.resolve({ bytes, crc32c: '' }),
          abort: () => undefined,
        };
      },
      create: (name, content) => Promise.resolve(void stored.set(name, content)).then(() => true),
      read: name => Promise.resolve(stored.get(name)),
    }),
    publish: ({ event }) => {
      if (event.type === 'export_failed') throw new Error(event.failure.detail);
      return Promise.resolve();
    },
    secret: () => Promise.resolve(Buffer.from(server.password)),
    isWanted: () => Promise.resolve(true),
    now: () => new Date(),
  })(request);
  const { user, system } = process.cpuUsage(cpu);
  const manifest = parseManifest(stored.get('attempt=1/manifest.json') ?? Buffer.alloc(0));
  if (manifest.rows !== rows) throw new Error(`${manifest.rows} rows, not ${rows}`);
  return { seconds: (performance.now() - from) / 1000, cpu: (user + system) / 1e6, bytes: manifest.bytes };
}

let peak = 0;
const sampler = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 50);
try {
  const plain: number[] = [];
  const ours: Awaited<ReturnType<typeof exportOnce>>[] = [];
  for (let round = 0; round < 3; round += 1) {
    plain.push(await copyByPsql());
    ours.push(await exportOnce());
  }
  const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[1] ?? 0;
  const [csv, avro] = [median(plain), median(ours.map(({ seconds }) => seconds))];
  report('psql \\copy to CSV', csv);
  report('export to Avro, snappy', avro, median(ours.map(({ cpu }) => cpu)));
  console.log(
    `${(csv / avro).toFixed(2)} of psql; ${((ours[0]?.bytes ?? 0) / rows).toFixed(1)} bytes per row; peak memory ${Math.round(peak / 2 ** 20)} MiB`,
  );
} finally {
  clearInterval(sampler);
  await server.close();
}
