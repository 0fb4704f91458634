import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatProblems } from '../../../infra/config/problem.ts';
import { validateServices } from '../../../infra/config/validate-services.ts';
import { fixtureSchemas } from './fixture-schemas.ts';

const schemas = fixtureSchemas();

function validate(files: Record<string, string | undefined>) {
  return validateServices(
    Object.entries(files).map(([service, text]) => ({ service, file: `services/${service}/service.yaml`, text })),
    schemas,
  );
}

/** What is reported of one service, as `line:column what`. */
function report(text: string, service = 'shop'): string[] {
  return validate({ [service]: text }).problems.map(({ line, column, what }) => `${line}:${column} ${what}`);
}

const head = 'version: 1\nowner: shop@example.com\n';

describe('a service.yaml that is right', () => {
  it('gives a frozen service with every default resolved', () => {
    const { services, problems } = validate({
      shop: `${head}project: acme-shop
publishers: [serviceAccount:api@acme-shop.iam.gserviceaccount.com]
readers: [group:analysts@example.com, group:analysts@example.com]
lake_readers: [group:ml@example.com]
raw_readers: [group:privacy@example.com]
ramps:
  order-placed:
    description: every order
    schema: shop.v1.Order
    publishers: [user:kim@example.com, serviceAccount:api@acme-shop.iam.gserviceaccount.com]
    warehouse: { partition_by: ordered_at, cluster_by: [customer_id, paid], expiration_days: 400 }
  plain: { schema: shop.v1.Order }
  image:
`,
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(services, [
      {
        id: 'shop',
        owner: 'shop@example.com',
        project: 'acme-shop',
        readers: ['group:analysts@example.com'],
        lakeReaders: ['group:ml@example.com'],
        rawReaders: ['group:privacy@example.com'],
        ramps: [
          {
            id: 'order-placed',
            address: 'shop/order-placed',
            description: 'every order',
            schema: 'shop.v1.Order',
            table: {
              dataset: 'shop',
              table: 'order_placed',
              partitionBy: 'ordered_at',
              clusterBy: ['customer_id', 'paid'],
              expirationDays: 400,
              labels: { service: 'shop', ramp: 'order-placed' },
            },
            publishers: ['serviceAccount:api@acme-shop.iam.gserviceaccount.com', 'user:kim@example.com'],
            logs: undefined,
          },
          {
            id: 'plain',
            address: 'shop/plain',
            description: '',
            schema: 'shop.v1.Order',
            table: {
              dataset: 'shop',
              table: 'plain',
              partitionBy: 'onramp_publish_time',
              clusterBy: [],
              labels: { service: 'shop', ramp: 'plain' },
            },
            publishers: ['serviceAccount:api@acme-shop.iam.gserviceaccount.com'],
            logs: undefined,
          },
          {
            id: 'image',
            address: 'shop/image',
            description: '',
            schema: undefined,
            table: undefined,
            publishers: ['serviceAccount:api@acme-shop.iam.gserviceaccount.com'],
            logs: undefined,
          },
        ],
      },
    ]);
    assert.throws(() => (services[0]?.ramps as unknown[]).push('another'), TypeError);
  });

  it('may take what the service prints, as JSON unless it says otherwise', () => {
    const { services, problems } = validate({
      shop: `${head}ramps:
  json: { logs: { filter: 'severity>=INFO' } }
  encoded: { logs: { filter: 'textPayload:*', payload: base64, field: body } }
`,
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(
      services[0]?.ramps.map(({ logs }) => logs),
      [
        { filter: 'severity>=INFO', payload: 'json' },
        { filter: 'textPayload:*', payload: 'base64', field: 'body' },
      ],
    );
  });

  it('may have no ramps yet', () => {
    assert.deepEqual(report(`${head}ramps: {}`), []);
  });
});

describe('a service.yaml that is wrong', () => {
  it('is reported with what is wrong with its logs', () => {
    const text = `${head}ramps:
  a:
    logs: { filtr: x, payload: xml }
  b:
    logs:
      filter: ''
      field: 3
  ${'c'.repeat(60)}:
    logs: { filter: x }
`;
    const service = 's'.repeat(60);
    assert.deepEqual(report(text, service), [
      '5:11 "filter" is missing',
      '5:13 the key "filtr" is not known here',
      '5:32 "payload" is the text "xml"',
      '8:15 "filter" is the text ""',
      '9:14 "field" is the number 3',
      `10:3 the sink name "logs-${service}-${'c'.repeat(60)}" breaks the rule: 1 to 100 letters, digits, underscores, hyphens and periods, starting with a letter or digit`,
    ]);
    const { problems } = validate({ shop: text });
    assert.deepEqual(
      problems.map(({ mend }) => mend),
      [
        'write a filter of Cloud Logging, such as resource.labels.container_name="web"',
        'did you mean "filter"?',
        'write json or base64',
        'write a filter of Cloud Logging; an empty one would take every entry of the project',
        'write the name of a field of jsonPayload',
      ],
    );
  });

  it('is reported with all of its faults at once, each where it is', () => {
    const text = `version: 2
owner: me
colour: red
project: X
publishers: [allUsers, robot:a]
readers: group:x@example.com
ramps:
  Bad_Name: {}
  typo: { shema: shop.v1.Order }
  unknown: { schema: shop.v1.Ordr }
  twice: {}
  twice:
    schema: shop.v1.Order
    warehouse:
      partition_by: customer_id
      cluster_by: [total, nope]
      expiration_days: 0
  shapeless: []
`;
    assert.deepEqual(report(text), [
      '1:10 "version" is the number 2',
      '2:8 "owner" is the text "me"',
      '3:1 the key "colour" is not known here',
      '4:10 the project name "X" breaks the rule: 6 to 30 lower-case letters, digits and hyphens, starting with a letter',
      '5:14 "allUsers" is everybody on the internet',
      '5:24 "robot:a" is no member that IAM knows',
      '6:10 "readers" is the text "group:x@example.com"',
      '8:3 the ramp name "Bad_Name" breaks the rule: 1 to 63 lower-case letters, digits and hyphens, starting with a letter, not ending with a hyphen',
      '9:11 the key "shema" is not known here',
      '10:22 proto/ holds no message "shop.v1.Ordr"',
      '12:3 this key is written twice',
      '15:21 the column "customer_id" is STRING, by which no table can be partitioned',
      '16:20 the column "total" is FLOAT, by which no table can be clustered',
      '16:27 the table has no column "nope"',
      '17:24 "expiration_days" is the number 0',
      '18:14 "shapeless" is a list',
    ]);
  });

  it('is told apart by file, in one report that says how to mend each fault', () => {
    const { services, problems } = validate({
      fine: `${head}ramps: {}`,
      shop: `${head}ramps: { a: { shema: x } }`,
      stock: `${head}rampz: {}`,
    });
    assert.deepEqual(services, []);
    assert.equal(
      formatProblems(problems),
      `services/shop/service.yaml:3:15  the key "shema" is not known here
    did you mean "schema"?
services/stock/service.yaml:1:1  "ramps" is missing
    write a mapping of ramps, such as { payment-event: { schema: acme.payment.v1.PaymentEvent } }
services/stock/service.yaml:3:1  the key "rampz" is not known here
    did you mean "ramps"?

3 problems
`,
    );
  });

  const table = (settings: string) =>
    `${head}ramps:\n  a:\n    schema: shop.v1.Order\n    warehouse:\n      ${settings}\n`;
  const reserved = 'BigQuery reserves names that begin with _PARTITION; its column is field_PARTITIONTIME_1';
  const cases: [name: string, text: string, expected: string][] = [
    ['an empty file', '', '1:1 the file is empty'],
    ['a file of comments', '# nothing\n', '1:1 the file is empty'],
    ['a list', '- a\n', '1:1 the file is a list'],
    ['no YAML at all', `${head}ramps: [a\nb: c\n`, '4:1 this is not YAML: '],
    ['an alias to nothing', `${head}ramps: *gone\n`, '1:1 this is not YAML: '],
    ['a missing owner', 'version: 1\nramps: {}\n', '1:1 "owner" is missing'],
    ['an empty owner', 'version: 1\nowner:\nramps: {}\n', '2:1 "owner" is empty'],
    ['an unknown key of the warehouse', table('days: 3'), '7:7 the key "days" is not known here'],
    ['a table without schema', `${head}ramps:\n  a: { warehouse: {} }\n`, '4:8 a ramp without schema has no table'],
    [
      'a nested column',
      table('cluster_by: [address.city]'),
      '7:20 the table has no column "address.city"; a nested one does not count',
    ],
    [
      'a record to cluster by',
      table('cluster_by: [address]'),
      '7:20 the column "address" is RECORD, by which no table can be clustered',
    ],
    [
      'a repeated column',
      table('cluster_by: [tags]'),
      '7:20 the column "tags" is repeated, by which no table can be clustered',
    ],
    [
      'bytes to cluster by',
      table('cluster_by: [receipt]'),
      '7:20 the column "receipt" is BYTES, by which no table can be clustered',
    ],
    [
      'JSON to cluster by',
      table('cluster_by: [details]'),
      '7:20 the column "details" is JSON, by which no table can be clustered',
    ],
    ['a column twice', table('cluster_by: [paid, paid]'), '7:26 the column "paid" is given twice'],
    [
      'five columns',
      table('cluster_by: [paid, customer_id, number, ordered_at, onramp_ramp]'),
      '7:19 5 columns are given to cluster by',
    ],
    ['a column to partition by that is not there', table('partition_by: at'), '7:21 the table has no column "at"'],
    ['half a day', table('expiration_days: 0.5'), '7:24 "expiration_days" is the number 0.5'],
    [
      'a column whose name BigQuery reserves',
      `${head}ramps:\n  a: { schema: shop.v1.Reserved }\n`,
      `4:16 the field _PARTITIONTIME of shop.v1.Reserved would not keep its name: ${reserved}`,
    ],
    [
      'the public as a ramp’s publisher',
      `${head}ramps:\n  a:\n    publishers: [allAuthenticatedUsers]\n`,
      '5:18 "allAuthenticatedUsers" is everybody on the internet',
    ],
    [
      'readers of nothing',
      `${head}readers: [user:kim@example.com]\nramps: { a: {} }\n`,
      '3:1 no ramp has a schema, so that there is no dataset to read',
    ],
    [
      'readers of decoded files that there are none of',
      `${head}lake_readers: [user:kim@example.com]\nraw_readers: [user:kim@example.com]\nramps: { a: {} }\n`,
      '3:1 no ramp has a schema, so that there is no file of the structured lake to read',
    ],
    [
      'the public as a reader of the raw lake',
      `${head}raw_readers: [allUsers]\nramps: { a: {} }\n`,
      '3:15 "allUsers" is everybody on the internet',
    ],
    ['a ramp whose name is too long', `${head}ramps:\n  ${'r'.repeat(64)}: {}\n`, '4:3 the ramp name'],
    [
      'a ramp whose table is another’s view',
      `${head}ramps:\n  a: { schema: shop.v1.Order }\n  a-deduplicated: { schema: shop.v1.Order }\n`,
      '5:3 the table of shop a_deduplicated would be that of the ramp shop/a too',
    ],
  ];
  for (const [name, text, expected] of cases) {
    it(`is refused for ${name}`, () => {
      const [found, ...others] = report(text);
      assert.ok(found?.startsWith(expected), found);
      assert.deepEqual(others, []);
    });
  }
});

describe('names', () => {
  it('that two services would share are reported on the second', () => {
    const { problems } = validate({
      'a-b': `${head}ramps: { c: {} }`,
      a: `${head}ramps: { b-c: {} }`,
    });
    assert.deepEqual(
      problems.map(({ file, line, what }) => `${file}:${line} ${what}`),
      ['services/a/service.yaml:3 the topic ramp-a-b-c would be that of the ramp a-b/c too'],
    );
  });

  it('of services are checked as those of folders', () => {
    assert.deepEqual(
      report(`${head}ramps: {}`, 'x_y').map(line => line.slice(0, 30)),
      ['1:1 the service name "x_y" bre'],
    );
    assert.deepEqual(report(`${head}ramps: {}`, 'onramp'), ['1:1 "onramp" is the name of Onramp’s own dataset']);
  });

  it('of folders without a file are reported too', () => {
    assert.deepEqual(
      validate({ empty: undefined }).problems.map(({ file, what }) => `${file} ${what}`),
      ['services/empty/service.yaml the file is missing'],
    );
  });
});

describe('without schemas that compile', () => {
  it('only what refers to them is left unchecked', () => {
    const file = {
      service: 'shop',
      file: 'services/shop/service.yaml',
      text: `${head}ramps: { A: { schema: no.Such } }`,
    };
    assert.deepEqual(
      validateServices([file], undefined).problems.map(({ what }) => what.slice(0, 17)),
      ['the ramp name "A"'],
    );
  });
});
