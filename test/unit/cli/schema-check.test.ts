import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { SchemaCheck } from '../../../infra/gate/finding.ts';
import { runCaptured } from './captured-terminal.ts';

const bufYaml = 'version: v2\nmodules:\n  - path: proto\nlint:\n  use: [STANDARD]\nbreaking:\n  use: [WIRE_JSON]\n';
const service = `version: 1
owner: shop@example.com
ramps:
  order:
    schema: shop.v1.Order
    warehouse: { partition_by: ordered_at, cluster_by: [id] }
`;
const orderProto = (fields: string) =>
  `syntax = "proto3";\npackage shop.v1;\nimport "google/protobuf/timestamp.proto";\nmessage Order {\n${fields}\n}\n`;
const orderFields =
  '  string id = 1;\n  int32 total = 2;\n  google.protobuf.Timestamp ordered_at = 3;\n  string town = 4;';

/** A repository whose branch main holds a project. */
function repository(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'onramp-schema-check-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', root, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      stdio: 'ignore',
    });
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  };
  write({
    'buf.yaml': bufYaml,
    'services/shop/service.yaml': service,
    'proto/shop/v1/order.proto': orderProto(orderFields),
  });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
  const check = async (...args: readonly string[]) => {
    const { stdout, stderr, exitCode } = await runCaptured(['schema', 'check', '--json', '--root', root, ...args]);
    return { check: stdout === '' ? undefined : (JSON.parse(stdout) as SchemaCheck), stderr, exitCode };
  };
  const change = (fields: string, yaml = service) =>
    write({ 'proto/shop/v1/order.proto': orderProto(fields), 'services/shop/service.yaml': yaml });
  return { root, git, write, change, check };
}

const places = (check: SchemaCheck | undefined) =>
  check?.findings.map(({ level, rule, file, line }) => `${level} ${rule} ${file}:${line}`);

describe('onramp schema check', () => {
  it('has nothing to say of what did not change, and shows what is added', async t => {
    const { root, change } = repository(t);
    const same = await runCaptured(['schema', 'check', '--root', root]);
    assert.match(
      same.stdout,
      /^Compared with commit [0-9a-f]{12}, where the branch left main\.\n\nNothing is in the way/,
    );
    assert.equal(same.exitCode, 0);

    change(
      `${orderFields}\n  repeated string tags = 5;\n  Lines lines = 6;\n  message Lines {\n    int64 count = 1;\n  }`,
    );
    const added = await runCaptured(['schema', 'check', '--root', root]);
    assert.match(
      added.stdout,
      /Tables\n {2}~ shop\.order: rows of shop\/order\n {6}\+ tags REPEATED STRING\n {6}\+ lines RECORD\n/,
    );
    assert.equal(added.exitCode, 0);
  });

  it('tells all that a change breaks at once, each with its line, and what the table would get', async t => {
    const { change, check } = repository(t);
    change(
      '  string id = 1;\n  string total = 2;\n  repeated google.protobuf.Timestamp ordered_at = 3;\n  string city = 4;',
    );
    const { check: found, exitCode } = await check();
    const file = 'proto/shop/v1/order.proto';
    assert.deepEqual(places(found), [
      `breaking TYPE_CHANGED ${file}:6`,
      `breaking CARDINALITY_CHANGED ${file}:7`,
      `breaking buf:FIELD_SAME_JSON_NAME ${file}:8`,
      `warning FIELD_RENAMED ${file}:8`,
    ]);
    assert.match(found?.problems[0]?.what ?? '', /the column "ordered_at" is repeated/);
    assert.equal(exitCode, 1);
  });

  it('lets a field be renamed that keeps its JSON name: one column before and after', async t => {
    const { root, change, check } = repository(t);
    change(orderFields.replace('town = 4', 'city = 4 [json_name = "town"]'));
    const { check: found, exitCode } = await check();
    assert.deepEqual(places(found), ['warning FIELD_RENAMED proto/shop/v1/order.proto:8']);
    assert.match(found?.findings[0]?.what ?? '', /was called town; its column stays town$/);
    assert.deepEqual(found?.tables, []);
    assert.equal(exitCode, 0);
    const text = await runCaptured(['schema', 'check', '--root', root]);
    assert.match(text.stdout, /\n1 warning\.\n$/);
  });

  it('tells what happens to a ramp’s layout and schema', async t => {
    const { change, check } = repository(t);
    change(
      orderFields.replace('ordered_at = 3', 'bought_at = 3 [json_name = "orderedAt"]'),
      service.replace('ordered_at', 'bought_at'),
    );
    const layout = await check();
    assert.deepEqual(places(layout.check), [
      'breaking LAYOUT_COLUMN_UNKNOWN services/shop/service.yaml:6',
      'warning FIELD_RENAMED proto/shop/v1/order.proto:7',
    ]);

    change(
      `${orderFields.replace('  google.protobuf.Timestamp ordered_at = 3;', '  reserved 3;\n  reserved "ordered_at";')}\n  google.protobuf.Timestamp at = 5;`,
      service.replace('ordered_at', 'at'),
    );
    const removed = await check();
    assert.deepEqual(places(removed.check), [
      'warning LAYOUT_COLUMN_REMOVED services/shop/service.yaml:6',
      'note FIELD_REMOVED proto/shop/v1/order.proto:4',
    ]);
    assert.equal(removed.exitCode, 0);

    change(
      `${orderFields}\n}\nmessage Other {\n  string id = 1;`,
      'version: 1\nowner: shop@example.com\nramps:\n  order: { schema: shop.v1.Other }\n',
    );
    assert.deepEqual(places((await check()).check), ['breaking RAMP_SCHEMA_CHANGED services/shop/service.yaml:4']);
  });

  it('tells a message that is gone, and one with too many columns', async t => {
    const { write, change, check } = repository(t);
    write({
      'proto/shop/v1/order.proto': 'syntax = "proto3";\npackage shop.v1;\nmessage Basket {\n  string id = 1;\n}\n',
    });
    const gone = await check();
    assert.deepEqual(
      gone.check?.findings.map(({ rule }) => rule),
      ['MESSAGE_REMOVED'],
    );
    assert.equal(gone.exitCode, 1);

    const wide = Array.from({ length: 101 }, (_, index) => `  M0 f${index} = ${index + 5};`).join('\n');
    const hundred = Array.from({ length: 100 }, (_, index) => `    string s${index} = ${index + 1};`).join('\n');
    change(`${orderFields}\n${wide}\n  message M0 {\n${hundred}\n  }`);
    const { check: found } = await check();
    assert.deepEqual(
      found?.findings.map(({ rule }) => rule),
      ['TOO_MANY_COLUMNS'],
    );
  });

  it('reports lint, what does not compile and what is not there to import as problems with their line', async t => {
    const { root, change, check } = repository(t);
    change(`${orderFields}\n  string badName = 9;`);
    const lint = await check();
    assert.match(lint.check?.problems[0]?.what ?? '', /lower_snake_case.*\(FIELD_LOWER_SNAKE_CASE\)$/);
    assert.equal(lint.check?.problems[0]?.line, 9);
    assert.equal(lint.exitCode, 2);

    writeFileSync(
      join(root, 'proto/shop/v1/order.proto'),
      orderProto(orderFields).replace('google/protobuf/timestamp', 'not/there'),
    );
    const unknown = await check();
    assert.match(unknown.check?.problems[0]?.what ?? '', /^the imported file \S+ does not exist$/);
    assert.equal(unknown.exitCode, 2);
    assert.deepEqual(unknown.check?.findings, []);
  });

  it('compares with the commit that is named, and says what to name where there is none', async t => {
    const { root, git, change, check } = repository(t);
    change(`${orderFields}\n  string more = 5;`);
    git('commit', '-q', '-a', '-m', 'second');
    git('checkout', '-q', '-b', 'work');
    change(orderFields);
    assert.deepEqual(places((await check()).check), ['breaking FIELD_NOT_RESERVED proto/shop/v1/order.proto:4']);
    assert.deepEqual(places((await check('--against', 'HEAD~1')).check), []);
    const missing = await check('--against', 'v9');
    assert.match(missing.stderr, /v9 is neither "registry" nor a commit/);
    assert.equal(missing.exitCode, 2);
    git('branch', '-D', 'main');
    assert.match((await check()).stderr, /no git repository with a branch origin\/main or main/);
    git('-C', root, 'checkout', '-q', '-b', 'broken');
    writeFileSync(join(root, 'proto/shop/v1/order.proto'), 'nonsense');
    git('commit', '-q', '-a', '-m', 'broken');
    assert.match((await check('--against', 'HEAD')).stderr, /what commit HEAD holds cannot be compared with: proto\//);
  });

  it('wants a registry for a project, and a local cloud for its registry', async t => {
    const { check } = repository(t);
    const project = await check('--project', 'acme-data');
    assert.match(project.stderr, /--project is for the registry/);
    assert.equal(project.exitCode, 2);
    assert.match((await check('--against', 'registry')).stderr, /LOCAL_NOT_RUNNING/);
  });
});
