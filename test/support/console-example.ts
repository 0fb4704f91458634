import type { Documents } from '../../functions/clients/documents.ts';
import { attemptPrefix, cursorObject, manifestName, runObject } from '../../functions/core/batch/batch-names.ts';
import type { BatchService, ExportConfig } from '../../functions/core/batch/config.ts';
import { exportSchema } from '../../functions/core/batch/export-column.ts';
import type { ExportsCatalogue } from '../../functions/core/batch/exports-catalogue.ts';
import { later, minutes } from '../../functions/core/batch/instant.ts';
import { type Manifest, schemaFingerprint, serialiseManifest } from '../../functions/core/batch/manifest.ts';
import { poolsObject } from '../../functions/core/batch/pool-watch.ts';
import { applyEvent, newRun, type Run, type RunEvent } from '../../functions/core/batch/run.ts';
import { type RunKind, statusOf } from '../../functions/core/batch/run-status.ts';
import { intervalFrom } from '../../functions/core/batch/schedule.ts';
import type { ScheduleState } from '../../functions/core/batch/schedule-state.ts';
import { exampleExport } from './example-export.ts';

export interface ConsoleExample {
  readonly catalogue: ExportsCatalogue;
  readonly runs: readonly Run[];
  readonly schedules: Readonly<Record<string, ScheduleState>>;
  readonly manifests: readonly { readonly name: string; readonly manifest: Manifest }[];
  readonly now: () => Date;
}

const at = '2026-03-10T12:34:20.000Z';
const now = new Date(at);

const transfers = exampleExport(
  { catchup: true, startDate: '2026-03-01T00:00:00.000Z', retryCount: 1, slaMinutes: 30 },
  {
    description: 'Money that was sent from one wallet to another, with its fee.',
    incremental: true,
    overlapMinutes: 10,
    params: { currency: 'JPY' },
    source: {
      type: 'query',
      query:
        "SELECT id, sender, amount, memo, updated_at\nFROM transfers\nWHERE updated_at >= '{{ execution_date.strftime(\"%Y-%m-%d %H:%M:%S\") }}'\n  AND updated_at < '{{ next_execution_date.strftime(\"%Y-%m-%d %H:%M:%S\") }}'\n  AND currency = '{{ params.currency }}'",
      written: { file: 'services/payment/exports/transfers.yaml', line: 4 },
    },
    destinations: [
      {
        project: 'acme-lake',
        dataset: 'payment',
        table: 'transfers',
        writeMode: 'merge',
        mergeQuery:
          'MERGE `{{ params.destination_project }}.{{ params.destination_dataset }}.{{ params.destination_table }}` T\nUSING `{{ params.destination_project }}.{{ params.destination_dataset }}.{{ params.staging_table }}` S\nON T.id = S.id\nWHEN MATCHED THEN UPDATE SET amount = S.amount, memo = S.memo, updated_at = S.updated_at\nWHEN NOT MATCHED THEN INSERT ROW',
        mergeQueryWritten: { file: 'services/payment/exports/transfers.yaml', line: 20 },
        clusterBy: ['sender'],
        labels: {},
      },
    ],
    columns: {
      sender: { class: 'user_id', mask: { method: 'hmac', key: 'projects/acme/secrets/mask/versions/3' } },
      memo: { class: 'free_text', mask: { method: 'truncate', length: 3 } },
    },
  },
);
const refunds = exampleExport({}, { id: 'refunds', address: 'payment/refunds' });
const chargebacks = exampleExport(
  { cron: '*/15 * * * *', dependsOnPast: true },
  { id: 'chargebacks', address: 'payment/chargebacks' },
);
const users = exampleExport(
  { cron: '0 3 * * *', timezone: 'Asia/Tokyo', slaMinutes: 120 },
  { id: 'users', address: 'identity/users', pool: 'identity', description: 'Every account & its <state>.' },
);
const devices = exampleExport({ cron: 'none' }, { id: 'devices', address: 'identity/devices', pool: 'identity' });
const sessions = exampleExport(
  { cron: '*/30 * * * *' },
  { id: 'sessions', address: 'identity/sessions', pool: 'identity' },
);

const service = (id: string, owner: string, exports: readonly ExportConfig[]): BatchService => ({
  id,
  owner,
  project: `acme-${id}`,
  connections: {},
  exports,
});

type Step = (run: Run) => readonly [RunEvent, afterSeconds: number][];

const manifestOf = (run: Run, attempt: number) =>
  `gs://local-test-exports/${attemptPrefix(run.export, run.interval, attempt)}${manifestName}`;

const complete =
  (attempt: number, rows: number, seconds = 41): Step =>
  run => [
    [{ type: 'dispatch', attempt }, 3],
    [{ type: 'export-started', attempt }, 5],
    [{ type: 'export-complete', attempt, manifest: manifestOf(run, attempt), rows, bytes: rows * 71 }, 5 + seconds],
    [{ type: 'load-started', attempt }, 6 + seconds],
    [{ type: 'load-complete', attempt }, 13 + seconds],
  ];

const failing =
  (attempt: number, code: string, detail: string, retryable = true): Step =>
  () => [
    [{ type: 'dispatch', attempt }, (attempt - 1) * 330 + 3],
    [{ type: 'export-started', attempt }, (attempt - 1) * 330 + 5],
    [{ type: 'attempt-failed', attempt, error: { code, detail }, retryable }, (attempt - 1) * 330 + 8],
  ];

/** A run of the interval that starts then, after these events; their times count from its end. */
function runOf(config: ExportConfig, start: string, kind: RunKind, ...steps: readonly Step[]): Run {
  const interval = intervalFrom(config.schedule, Date.parse(start)) ?? { start, end: start };
  const moment = (seconds: number) => new Date(Date.parse(later(interval.end, seconds * 1000)));
  let run = newRun(config, interval, kind, moment(1));
  for (const step of steps) for (const [event, after] of step(run)) run = applyEvent(run, event, moment(after));
  return run;
}

/** Starts of the last intervals that were over, the earliest first. */
const startsOf = (minutesApart: number, count: number, last: string): string[] =>
  Array.from({ length: count }, (_, index) => later(last, (index + 1 - count) * minutesApart * minutes));

const refused = 'permission denied for table transfers <script>alert(1)</script>';

const runs: Run[] = [
  ...startsOf(60, 18, '2026-03-10T09:00:00.000Z').map((start, index) =>
    runOf(transfers, start, 'scheduled', complete(1, 18_000 + index * 311)),
  ),
  runOf(
    transfers,
    '2026-03-10T10:00:00.000Z',
    'scheduled',
    failing(1, 'EXPORT_CONNECTION_LOST', 'the server closed the connection'),
    failing(2, 'EXPORT_QUERY_REFUSED', refused),
    () => [[{ type: 'sla-missed' }, 1801]],
  ),
  runOf(transfers, '2026-03-10T11:00:00.000Z', 'scheduled', () => [
    [{ type: 'dispatch', attempt: 1 }, 2],
    [{ type: 'export-started', attempt: 1 }, 20],
    [
      {
        type: 'attempt-failed',
        attempt: 1,
        error: { code: 'EXPORT_CONNECTION_LOST', detail: 'the server closed the connection' },
        retryable: true,
      },
      1955,
    ],
  ]),
  ...startsOf(60, 20, '2026-03-10T10:00:00.000Z').map(start => runOf(refunds, start, 'scheduled', complete(1, 120))),
  ...startsOf(15, 16, '2026-03-10T11:30:00.000Z').map(start =>
    runOf(chargebacks, start, 'scheduled', complete(1, 40, 12)),
  ),
  runOf(chargebacks, '2026-03-10T11:45:00.000Z', 'scheduled', () => [
    [{ type: 'dispatch', attempt: 1 }, 4],
    [{ type: 'export-started', attempt: 1 }, 1600],
  ]),
  runOf(chargebacks, '2026-03-10T12:00:00.000Z', 'scheduled', () => [
    [{ type: 'hold', reasons: ['depends-on-past'] }, 2],
  ]),
  runOf(chargebacks, '2026-03-10T12:15:00.000Z', 'scheduled', () => [
    [{ type: 'hold', reasons: ['depends-on-past'] }, 2],
  ]),
  ...startsOf(1440, 9, '2026-03-08T18:00:00.000Z').map(start =>
    runOf(users, start, 'scheduled', complete(1, 2_410_332, 611)),
  ),
  runOf(devices, '2026-03-09T08:11:00.000Z', 'manual', complete(1, 17)),
  ...startsOf(30, 14, '2026-03-10T11:00:00.000Z').map((start, index) =>
    index % 5 === 3
      ? runOf(sessions, start, 'backfill', () => [
          [{ type: 'dispatch', attempt: 1 }, 4],
          [{ type: 'cancel', by: 'kenji@example.com' }, 400],
        ])
      : runOf(sessions, start, 'scheduled', complete(1, 900)),
  ),
  runOf(sessions, '2026-03-10T11:30:00.000Z', 'scheduled', () => [
    [{ type: 'dispatch', attempt: 1 }, 4],
    [{ type: 'sla-at-risk' }, 60],
  ]),
];

const columns: Manifest['columns'] = [
  { name: 'id', type: 'INTEGER', sourceType: 'bigint' },
  { name: 'sender', type: 'STRING', sourceType: 'text', masked: 'hmac' },
  { name: 'amount', type: 'NUMERIC', precision: 12, scale: 2, sourceType: 'numeric(12,2)' },
  { name: 'memo', type: 'STRING', sourceType: 'text', masked: 'truncate' },
  { name: 'updated_at', type: 'TIMESTAMP', sourceType: 'timestamp with time zone' },
];

const schema = exportSchema('transfers', columns);

function exampleManifest(run: Run): { name: string; manifest: Manifest } {
  const prefix = attemptPrefix(run.export, run.interval, 1);
  const { rows = 0, bytes = 0 } = run.attempts[0] ?? {};
  return {
    name: `${prefix}${manifestName}`,
    manifest: {
      version: 1,
      export: run.export,
      interval: run.interval,
      attempt: 1,
      incremental: true,
      destinations: [],
      files: [{ name: `${prefix}6f1c-00000.avro`, rows, bytes, crc32c: 'yZRlqg==' }],
      rows,
      bytes,
      columns,
      checksums: [
        { column: 'id', values: rows, sum: '90071992547', xor: '81985' },
        { column: 'sender', values: rows, xor: '-3412309812' },
        { column: 'amount', values: rows, sum: '18234112', xor: '4411' },
        { column: 'memo', values: 412, xor: '99120' },
        { column: 'updated_at', values: rows, sum: '31903123', xor: '120' },
      ],
      schema,
      schemaFingerprint: schemaFingerprint(schema),
      snapshot: { pg_current_snapshot: '781:790:784', timeline: '1' },
      readTime: run.interval.end,
      oneMoment: true,
      masks: [
        { column: 'sender', method: 'hmac', keyVersion: '3' },
        { column: 'memo', method: 'truncate' },
        { column: 'card_number', method: 'drop' },
      ],
      losses: [{ column: 'updated_at', loss: 'infinity', answer: 'null', count: 3 }],
      source: { type: 'query', query: 'SELECT id, sender, amount, memo, updated_at FROM transfers' },
      started: later(run.interval.end, 5000),
      ended: later(run.interval.end, 46_000),
    },
  };
}

/** Two services with exports in every state there is, at one moment. */
export const consoleExample: ConsoleExample = {
  catalogue: {
    version: 1,
    pools: [
      { id: 'payment', slots: 4, description: 'the payment database takes four readers' },
      { id: 'identity', slots: 2, description: '' },
    ],
    services: [
      service('payment', 'payment-team@example.com', [chargebacks, refunds, transfers]),
      service('identity', 'identity-team@example.com', [devices, sessions, users]),
    ],
  },
  runs,
  schedules: {
    payment: {
      exports: {
        refunds: {
          paused: true,
          pausedBy: { by: 'hana@example.com', at: '2026-03-10T11:20:00.000Z' },
          oldestOpen: '2026-03-10T10:00:00.000Z',
        },
        transfers: { cursor: '2026-03-10T11:00:00.000Z', oldestOpen: '2026-03-10T10:00:00.000Z' },
        chargebacks: { cursor: '2026-03-10T12:15:00.000Z', oldestOpen: '2026-03-10T11:45:00.000Z' },
      },
    },
    identity: { exports: { sessions: { cursor: '2026-03-10T11:30:00.000Z', oldestOpen: '2026-03-10T11:30:00.000Z' } } },
  },
  manifests: runs.filter(run => run.export === 'payment/transfers' && run.state === 'done').map(exampleManifest),
  now: () => now,
};

/** Puts the example where the functions would have. */
export async function writeExample(
  { runs: all, schedules, manifests }: ConsoleExample,
  documents: Documents,
  writeExported: (name: string, content: Buffer) => Promise<unknown>,
): Promise<void> {
  await Promise.all([
    ...all.map(run =>
      documents.create(runObject(run.export, run.interval), run, { status: JSON.stringify(statusOf(run)) }),
    ),
    ...Object.entries(schedules).map(([id, state]) => documents.create(cursorObject(id), state)),
    documents.create(poolsObject, { stuck: { identity: '2026-03-10T12:30:10.000Z' } }),
    ...manifests.map(({ name, manifest }) => writeExported(name, serialiseManifest(manifest))),
  ]);
}
