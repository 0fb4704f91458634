import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { SchemaCheck } from '../../infra/gate/finding.ts';
import { commandLine } from '../support/command-line.ts';
import { until } from '../support/local-cloud.ts';

const line = commandLine({
  'buf.yaml': 'version: v2\nmodules:\n  - path: proto\n',
  'proto/shop/v1/money.proto': `syntax = "proto3";
package shop.v1;

// Of one currency.
message Money {
  // Full name of the currency.
  string currency = 1;
}
`,
  'proto/shop/v1/sale.proto': `syntax = "proto3";
package shop.v1;

import "google/protobuf/timestamp.proto";
import "shop/v1/money.proto";

// Something was sold.
message Sale {
  string id = 1;
  string town = 2;
  google.protobuf.Timestamp sold_at = 10;
  Money money = 11;
}
`,
  'services/shop/service.yaml': `version: 1
owner: shop@example.com
ramps:
  sales: { schema: shop.v1.Sale }
`,
});
const { root, onramp, done, json } = line;

const check = (...args: string[]) => onramp(['schema', 'check', '--against', 'registry', ...args]);
const publishSale = (sale: object) => done(['publish', 'shop/sales'], `${JSON.stringify(sale)}\n`);

/** The one row of a query, once it has one. */
const row = (sql: string) =>
  until(
    sql,
    async () => {
      const { code, stdout } = await onramp(['query', '--json', sql]);
      return code === 0 ? (JSON.parse(stdout) as Record<string, unknown>[])[0] : undefined;
    },
    120_000,
  );

const proto = join(root, 'proto/shop/v1/sale.proto');
function edit(from: string, to: string): void {
  const old = readFileSync(proto, 'utf8');
  assert.ok(old.includes(from));
  writeFileSync(proto, old.replace(from, to));
}

async function columns(): Promise<string[]> {
  const shown = (await json('schema', 'show', 'shop.v1.Sale')) as { columns: { column: string; type: string }[] };
  return shown.columns.map(({ column, type }) => `${column} ${type}`).toSorted();
}

interface Listed {
  readonly name: string;
  readonly version: string;
  readonly state: string;
}
const listed = async () => (await json('schema', 'list')) as Listed[];

describe('a schema, from the command line', () => {
  before(async () => {
    await line.startLocal('--schema-delay', '3000');
    await publishSale({ id: 'first', town: 'Tokyo' });
    await row("SELECT town FROM shop.sales WHERE id = 'first'");
  });
  after(() => line.close());

  it('has nothing against it while it is what is published', async () => {
    const { code, stdout, stderr } = await check();
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(stdout, 'Compared with what is published in local-onramp-registry.\n\nNothing is in the way.\n');
  });

  it('gets a new column by checking, publishing and sending, which waits until the column can be written', async () => {
    edit('string town = 2;', 'string town = 2;\n  // In yen.\n  int64 price = 3;');
    const checked = await check();
    assert.equal(checked.code, 0, checked.stdout);
    assert.match(checked.stdout, /^Tables\n {2}~ shop\.sales: rows of shop\/sales\n {6}\+ price INTEGER\n/m);

    const { stdout, stderr } = await done(['schema', 'publish']);
    assert.match(stdout, /^shop\.v1\.Sale +\w{16} +published, after \w{16} +shop\.sales$/m);
    assert.match(
      stderr,
      /^Waiting until shop\.sales can be written with price \.\.\.\nshop\.sales can be written with all its columns, after \d+ s\.\n$/,
    );
    await publishSale({ id: 'second', town: 'Osaka', price: '120' });
    assert.deepEqual(await row("SELECT town, price FROM shop.sales WHERE id = 'second'"), {
      town: 'Osaka',
      price: '120',
    });
  });

  it('keeps the column of a field that is renamed', async () => {
    edit('string town = 2;', 'string city = 2 [json_name = "town"];');
    const { code, stdout } = await check('--json');
    const { findings, tables } = JSON.parse(stdout) as SchemaCheck;
    assert.equal(code, 0, stdout);
    assert.deepEqual(
      findings.map(({ level, rule }) => `${level} ${rule}`),
      ['warning FIELD_RENAMED'],
    );
    assert.deepEqual(tables, []);

    // Nothing new is to be written.
    assert.equal((await done(['schema', 'publish'])).stderr, '');
    const unchanged = ['money RECORD', 'money.currency STRING', 'sold_at TIMESTAMP'];
    assert.deepEqual(await columns(), [...unchanged, 'id STRING', 'price INTEGER', 'town STRING'].toSorted());
    await publishSale({ id: 'third', town: 'Kyoto' });
    assert.deepEqual(await row("SELECT town FROM shop.sales WHERE id = 'third'"), { town: 'Kyoto' });
    const all = 'SELECT column_name FROM shop.INFORMATION_SCHEMA.COLUMNS WHERE table_name = "sales"';
    const names = ((await json('query', all)) as { column_name: string }[]).map(({ column_name: name }) => name);
    assert.deepEqual(names.filter(name => !name.startsWith('onramp_')).toSorted(), [
      'id',
      'money',
      'price',
      'sold_at',
      'town',
    ]);
  });

  it('is refused when it breaks, and goes to a recovery column when that is allowed', async () => {
    const before = await listed();
    edit('int64 price = 3;', 'string price = 3;');
    const checked = await check();
    assert.equal(checked.code, 1);
    assert.match(checked.stdout, /^breaking TYPE_CHANGED {2}proto\/shop\/v1\/sale\.proto:\d+:\d+$/m);
    assert.match(checked.stdout, /^ {6}! price from INTEGER to STRING: new values go to price_2$/m);

    const refused = await onramp(['schema', 'publish']);
    assert.deepEqual([refused.code, refused.stdout], [1, '']);
    assert.match(refused.stderr, /^error SCHEMA_BREAKING: shop\.v1\.Sale\.price: /);
    assert.deepEqual(await listed(), before);

    const allowed = await done(['schema', 'publish', '--allow-breaking', '--wait', '60']);
    assert.match(allowed.stderr, /^warning: shop\.v1\.Sale breaks at shop\.v1\.Sale\.price: /m);
    assert.ok((await columns()).includes('price_2 STRING'));
    await publishSale({ id: 'fourth', price: 'a fortune' });
    assert.deepEqual(await row("SELECT price, price_2 FROM shop.sales WHERE id = 'fourth'"), {
      price: null,
      price_2: 'a fortune',
    });
    assert.equal((await check()).code, 0, 'what is published breaks nothing any more');
  });

  it('is withdrawn, and the one before is current', async () => {
    const [current = assert.fail(), previous = assert.fail(), ...older] = await listed();
    assert.deepEqual([current.state, previous.state, older.length], ['current', 'published', 2]);
    const { stderr } = await done([
      'schema',
      'withdraw',
      'shop.v1.Sale',
      current.version,
      '--why',
      'prices are no texts',
    ]);
    assert.ok(stderr.includes(`Current is ${previous.version}.`), stderr);
    assert.ok((await columns()).includes('price INTEGER'));
    edit('string price = 3;', 'int64 price = 3;');
    const again = await done(['schema', 'publish', '--wait', '0']);
    assert.match(again.stdout, new RegExp(`^shop\\.v1\\.Sale +${previous.version} +unchanged +shop\\.sales$`, 'm'));
    assert.deepEqual(await json('dead-letter', 'list'), []);
  });
});
