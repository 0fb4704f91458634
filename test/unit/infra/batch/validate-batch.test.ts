import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BatchFiles, validateBatch } from '../../../../infra/config/batch/validate-batch.ts';

const schedule = `project: acme-payment
gcp_conn_id: payment-db
pool: payment
schedule_interval: 0 15 * * *
`;

const connections = `payment-db: { kind: postgres, host: db.example.com, database: payment, user: onramp, auth: { secret: projects/acme/secrets/db } }
ledger: { kind: datastore }
pager: { kind: pagerduty, routing_key: projects/acme/secrets/pager }
`;

const table = 'bigquery:\n  - { project: acme, dataset: payment, table: transfers }\n';

interface Texts {
  readonly schedule?: string | undefined;
  readonly connections?: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly shared?: string;
  readonly pools?: string;
}

function validate(texts: Texts) {
  const read = (file: string, text: string | undefined) => (text === undefined ? undefined : { file, text });
  const files: BatchFiles = {
    service: 'payment',
    owner: 'payment@example.com',
    project: undefined,
    schedule: read('schedule.yaml', 'schedule' in texts ? texts.schedule : schedule),
    connections: read('connections.yaml', texts.connections ?? connections),
    exports: Object.entries(texts.exports ?? {}).map(([id, text]) => ({ id, file: `${id}.yaml`, text })),
  };
  return validateBatch([files], read('shared.yaml', texts.shared), read('pools.ini', texts.pools ?? 'payment = 5\n'));
}

const report = (texts: Texts): string[] =>
  validate(texts).problems.map(({ file, line, column, what, mend }) => `${file}:${line}:${column} ${what} | ${mend}`);

/** What is said of an export with that text. */
const ofExport = (text: string): string[] => report({ exports: { transfers: text } });

const query = (text: string) => `query: ${text}\n${table}`;

describe('a schedule.yaml', () => {
  it('takes what it does not say from the defaults, and an export may say otherwise', () => {
    const { services, problems } = validate({
      schedule: `${schedule}timezone: Asia/Tokyo\nstart_date: 2026-01-01\ncatchup: true\n`,
      exports: {
        a: query('SELECT 1'),
        b: `${query('SELECT 1').replace('transfers', 'b')}schedule: { schedule_interval: "@hourly", retry_count: 2 }\n`,
      },
    });
    assert.deepEqual(problems, []);
    const [a, b] = services[0]?.exports ?? [];
    assert.deepEqual(a?.schedule, {
      cron: '0 15 * * *',
      timezone: 'Asia/Tokyo',
      templateTimezone: 'UTC',
      startDate: '2025-12-31T15:00:00.000Z',
      catchup: true,
      dependsOnPast: false,
      maxActiveRuns: 16,
      executionTimeoutMinutes: 60,
      slaOfBackfills: false,
      retryCount: 0,
      retryDelayMinutes: 5,
    });
    assert.deepEqual(b?.schedule, { ...a.schedule, cron: '0 * * * *', retryCount: 2 });
  });

  it('is reported with everything that is wrong with it, every field of its cron too', () => {
    const text = `project: acme-payment
gcp_conn_id: pager
pool: paymen
schedule_interval: 61 25 * foo *
timezone: Asia/Tokio
start_date: 2026-02-30
pd_conn_id: pagr
slack_channel: "#payment"
`;
    assert.deepEqual(report({ schedule: text }), [
      'schedule.yaml:4:20 field 1 of the cron, the minute, is "61" | write 0 to 59; lists (1,2), ranges (1-5) and steps (*/15) of them, or *',
      'schedule.yaml:4:20 field 2 of the cron, the hour, is "25" | write 0 to 23; lists (1,2), ranges (1-5) and steps (*/15) of them, or *',
      'schedule.yaml:4:20 field 4 of the cron, the month, is "foo" | write 1 to 12 or jan to dec; lists (1,2), ranges (1-5) and steps (*/15) of them, or *',
      'schedule.yaml:5:11 there is no time zone "Asia/Tokio" | did you mean "Asia/Tokyo" or "Asia/Tomsk"?',
      'schedule.yaml:6:13 "start_date" is the text "2026-02-30" | there is no such day or time; write a date such as 2026-01-31, or a time such as 2026-01-31T15:00:00Z',
      'schedule.yaml:3:7 services/pools.ini has no pool "paymen" | did you mean "payment"?',
      'schedule.yaml:2:14 the connection "pager" is of kind pagerduty, not a database | choose one of payment-db, ledger',
      'schedule.yaml:7:13 connections.yaml has no connection "pagr" | did you mean "pager"?',
      'schedule.yaml:8:1 no connection of kind slack posts to the channel | declare one in services/connections.yaml',
    ]);
  });

  it('is reported with what is missing, unknown or of another type', () => {
    assert.deepEqual(report({ schedule: 'pool: payment\nschedule_interval: "@daly"\nretries: 3\nsla: 1 hour\n' }), [
      'schedule.yaml:1:1 "project" is missing | write the id of the project in which the exports run',
      'schedule.yaml:1:1 "gcp_conn_id" is missing | write the id of a database’s connection in connections.yaml',
      'schedule.yaml:4:6 "sla" is the text "1 hour" | write how long after its interval’s end a run has to be done in minutes',
      'schedule.yaml:3:1 the key "retries" is not known here | remove it; known are project, gcp_conn_id, pool, schedule_interval, depends_on_past, catchup, dagrun_timeout, execution_timeout, sla, retry_count, retry_delay, slack_channel, pd_conn_id, slack_conn_id, timezone, template_timezone, start_date, sla_of_backfills, max_active_runs, mask_key, subnet',
    ]);
  });

  it('needs a start date where there is something to start from', () => {
    assert.deepEqual(report({ schedule: `${schedule}catchup: true\n` }), [
      'schedule.yaml:5:1 catchup has no date to start from | write start_date',
    ]);
    assert.deepEqual(report({ schedule: schedule.replace('0 15 * * *', '"@once"') }), [
      'schedule.yaml:4:1 @once has no date to run at | write start_date',
    ]);
  });

  it('is missing where there are exports without one', () => {
    assert.deepEqual(report({ schedule: undefined, exports: { transfers: query('SELECT 1') } }), [
      'services/payment/schedule.yaml:1:1 the file is missing, and there is transfers.yaml | write it',
    ]);
  });
});

describe('a connections.yaml', () => {
  it('never holds a secret, and a report never repeats one', () => {
    const text = `payment-db: { kind: mysql, host: db, database: d, user: u, password: hunter2, auth: { secret: hunter3 } }
pager: { kind: pagerduty, routing_key: 0123456789abcdef }
slack: { kind: slack, webhook: https://hooks.slack.com/services/T0/B0/hunter4 }
`;
    const problems = report({ connections: text });
    assert.deepEqual(
      problems.map(problem => problem.split(' | ')[0]),
      [
        'connections.yaml:1:60 "password" would hold a secret in this file',
        'connections.yaml:1:95 "secret" is not what it should be',
        'connections.yaml:2:40 "routing_key" is not what it should be',
        'connections.yaml:3:32 "webhook" is not what it should be',
      ],
    );
    assert.doesNotMatch(problems.join('\n'), /hunter|0123456789/);
  });

  it('is reported with what a kind lacks, and what does not go together', () => {
    const text = `payment-db: { kind: postgres, database: d, user: u, auth: iam }
a: { kind: postgres, host: db, database: d, user: u, auth: iam }
b: { kind: postgress }
c: { kind: slack }
d: {}
`;
    assert.deepEqual(report({ connections: text }), [
      'connections.yaml:1:13 neither "instance" nor "host" says where the database is | write "instance" for Cloud SQL, or "host" for another server',
      'connections.yaml:2:60 IAM login is of Cloud SQL alone | write "instance" in place of "host", or auth: { secret: projects/<project>/secrets/<secret> }',
      'connections.yaml:3:12 there is no kind of connection "postgress" | did you mean "postgres"?',
      'connections.yaml:4:4 a connection of kind slack has 0 ways to post | write either "webhook" or "token"',
      'connections.yaml:5:4 "kind" is missing | write one of postgres, mysql, spanner, datastore, pagerduty, slack',
    ]);
  });

  it('may be shared by all services', () => {
    const { services, problems } = validate({
      schedule: `${schedule}slack_channel: "#payment"\npd_conn_id: pager\n`,
      connections: connections.split('\n').slice(0, 2).join('\n'),
      shared:
        'pager: { kind: pagerduty, routing_key: projects/p/secrets/k/versions/3 }\nslack: { kind: slack, webhook: projects/p/secrets/w }\n',
      exports: { transfers: query('SELECT 1') },
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(services[0]?.connections['pager'], {
      kind: 'pagerduty',
      routingKey: 'projects/p/secrets/k/versions/3',
    });
    assert.deepEqual(services[0].exports[0]?.alerting, {
      slack: { channel: '#payment', connection: 'slack' },
      pagerDuty: 'pager',
    });
  });
});

describe('a pools.ini', () => {
  it('is reported line by line', () => {
    const text = `payment = 5
Payment = 3
payment = many
what
[reports]
slot = 3
[empty]
[big]
slots = 5001
`;
    assert.deepEqual(report({ pools: text, schedule: schedule.replace('pool: payment', 'pool: reports') }), [
      'pools.ini:2:1 the pool name "Payment" breaks the rule: 1 to 63 lower-case letters, digits and hyphens, starting with a letter, not ending with a hyphen | rename it',
      'pools.ini:3:1 the pool "payment" is there twice, first in line 1 | keep one of the two',
      'pools.ini:4:1 "what" is neither a section nor a value | write name = slots, or [name] and slots = … below it',
      'pools.ini:6:1 the key "slot" is not known here | did you mean "slots"?',
      'pools.ini:3:1 the pool "payment" has "many" slots | write slots = a whole number from 1 to 5000',
      'pools.ini:5:1 the pool "reports" has no slots | write slots = a whole number from 1 to 5000',
      'pools.ini:7:1 the pool "empty" has no slots | write slots = a whole number from 1 to 5000',
      'pools.ini:9:1 the pool "big" has "5001" slots | write slots = a whole number from 1 to 5000',
    ]);
  });
});

describe('an export', () => {
  it('may say everything that there is to say', () => {
    const { services, problems } = validate({
      schedule: `${schedule}mask_key: projects/acme/secrets/mask/versions/2\n`,
      exports: {
        transfers: `description: money that moved
query: SELECT * FROM t WHERE at >= '{{ ds }}' AND country = '{{ params.country }}'
incremental: true
overlap: 30
params: { country: jp, limit: 3 }
bigquery:
  - project: acme
    dataset: payment
    table: transfers
    write_mode: merge
    merge_query: MERGE {{ params.staging_table }} {{ params.limit + 1 }}
    partition_by: { column: at, granularity: month }
    cluster_by: [country]
    expiration_days: 400
    labels: { team: payment }
columns:
  mail: { class: email, description: of the payer, on_null_element: drop }
  amount: { decimal: { precision: 40, scale: 10 }, on_out_of_range: null }
  flag: { type: BOOL }
mask:
  mail: hmac
  name: redact
  phone: { keep_last: 4 }
  note: drop
  country: none
contract: { new_columns: freeze }
partitions: { by: id, count: 8 }
schedule: { sla: 30 }
`,
      },
    });
    assert.deepEqual(problems, []);
    const [config] = services[0]?.exports ?? [];
    assert.ok(config);
    assert.deepEqual(config.columns, {
      mail: {
        class: 'email',
        description: 'of the payer',
        mask: { method: 'hmac', key: 'projects/acme/secrets/mask/versions/2' },
        onNullElement: 'drop',
      },
      amount: { decimal: { precision: 40, scale: 10 }, onOutOfRange: 'null' },
      flag: { type: 'BOOL' },
      name: { mask: { method: 'redact', text: 'REDACTED' } },
      phone: { mask: { method: 'keep_last', length: 4 } },
      note: { mask: { method: 'drop' } },
      country: { class: 'none' },
    });
    // Under SELECT * nobody has seen the columns in review.
    assert.deepEqual(config.contract, { newColumns: 'freeze', unclassified: 'fail' });
    assert.deepEqual(config.partitions, { by: 'id', count: 8 });
    assert.equal(config.overlapMinutes, 30);
    assert.equal(config.schedule.slaMinutes, 30);
    assert.deepEqual(config.destinations[0]?.partitionBy, { column: 'at', granularity: 'MONTH' });
    assert.deepEqual(config.destinations[0].labels, { service: 'payment', export: 'transfers', team: 'payment' });
  });

  const wrong: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'whose template names a variable that does not exist, in any branch',
      `query: |\n  SELECT 1\n  {% if false %}\n  WHERE a > {{ executon_date }}\n  {% endif %}\n${table}`,
      ['transfers.yaml:4:16 in the template, there is no variable "executon_date" | did you mean "execution_date"?'],
    ],
    [
      'whose template does not render',
      query("SELECT {{ execution_date.strftime('%Q') }}"),
      ['transfers.yaml:1:41 in the template, "%Q" is no directive of strftime'],
    ],
    [
      'with a merge_query that is not incremental',
      `query: SELECT 1\n${table.replace(' }', ', merge_query: MERGE }')}`,
      [
        'transfers.yaml:3:58 merge_query is of incremental exports alone: a full one replaces its table | write incremental: true, or remove "merge_query"',
      ],
    ],
    [
      'that is incremental but reads the same every time',
      `${query('SELECT 1')}incremental: true\n`,
      [
        'transfers.yaml:4:1 the export is incremental, but what it reads does not depend on the interval | compare a column with {{ execution_date }} and {{ next_execution_date }}, or remove "incremental"',
      ],
    ],
    [
      'that reads nothing',
      table,
      ['transfers.yaml:1:1 "query" is missing | write "query", or "entity" for the entities of a Datastore'],
    ],
    [
      'of entities of another database',
      `entity: { kind: Payment }\n${table}`,
      ['transfers.yaml:1:1 "entity" is of a Datastore, and the connection is of kind postgres | write "query"'],
    ],
    [
      'with a class and a mask that need a key, where there is none',
      `${query('SELECT 1')}columns: { mail: { class: email } }\nmask: { name: hmac }\n`,
      [
        'transfers.yaml:4:27 the column "mail" is of class email, and so it is masked by hmac, for which there is no key | write mask_key in schedule.yaml, or mail under "mask"; none exports it as it is',
        'transfers.yaml:5:15 the column "name" is masked by hmac, for which there is no key | write mask_key in schedule.yaml, or { hmac: projects/<project>/secrets/<secret>/versions/1 }',
      ],
    ],
    [
      'with values that are none',
      `${query('SELECT 1')}mask: { name: hash }\ncolumns: { a: { on_out_of_range: ignore } }\nschedule: { catchup: true }\n`,
      [
        'transfers.yaml:5:34 "on_out_of_range" is the text "ignore" | write one of error, null, string',
        'transfers.yaml:4:15 "name" is the text "hash" | write hmac, redact, drop, none, { truncate: 4 }, { keep_last: 4 }, { redact: "text" } or { hmac: projects/<project>/secrets/<secret>/versions/1 }',
      ],
    ],
    [
      'whose own schedule is wrong',
      `${query('SELECT 1')}schedule: { schedule_interval: 0 15 * *, pool: x }\n`,
      [
        'transfers.yaml:4:32 the cron "0 15 * *" has 4 fields',
        'transfers.yaml:4:48 services/pools.ini has no pool "x"',
      ],
    ],
  ];
  for (const [name, text, expected] of wrong) {
    it(`${name} is refused`, () => {
      const found = ofExport(text);
      assert.equal(found.length, expected.length, found.join('\n'));
      for (const [index, start] of expected.entries()) assert.ok(found[index]?.startsWith(start), found[index]);
    });
  }

  it('does not write the table of another', () => {
    assert.deepEqual(report({ exports: { a: query('SELECT 1'), b: query('SELECT 2') } }), [
      'b.yaml:3:47 the table acme.payment.transfers is that of the export payment/a too | choose another table',
    ]);
  });
});
