import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { commandLine, type RunningLocal } from '../support/command-line.ts';
import { until as untilWithin } from '../support/local-cloud.ts';

/** Each question is a process of its own, which takes its time on a busy machine. */
const until = <T>(what: string, ask: () => Promise<T | undefined> | T | undefined) => untilWithin(what, ask, 120_000);

const line = commandLine({
  'buf.yaml': 'version: v2\nmodules:\n  - path: proto\n',
  'proto/pay/v1/paid.proto': `syntax = "proto3";
package pay.v1;
message Paid {
  string id = 1;
  int64 amount = 2;
}
`,
  'services/pay/service.yaml': `version: 1
owner: pay@example.com
ramps:
  paid: { schema: pay.v1.Paid }
  receipts: {}
`,
});
const { home, root, folder, start, onramp, json } = line;

/** Runs a command that is to succeed, and answers with its data. */
const data = async (args: readonly string[], input?: string | Uint8Array) => (await line.done(args, input)).stdout;

let local: RunningLocal;
before(async () => {
  local = await line.startLocal('--json');
});
after(() => line.close());

describe('onramp on a running local cloud', () => {
  it('says where it runs', () => {
    const facts = JSON.parse(String(local.process.stdout.read())) as Record<string, unknown>;
    assert.equal(facts['pid'], local.process.pid);
    assert.equal(facts['folder'], folder);
    assert.match(String(facts['pubsub']), /^127\.0\.0\.1:\d+$/);
    assert.equal((facts['environment'] as Record<string, string>)['PUBSUB_EMULATOR_HOST'], facts['pubsub']);
  });

  it('has no dead letters before the first one, which makes their table', async () => {
    assert.deepEqual(await json('dead-letter', 'list'), []);
    assert.deepEqual(await onramp(['dead-letter', 'list']), {
      code: 0,
      stdout: '',
      stderr: 'There are no such dead letters.\n',
    });
  });

  it('brings JSON lines to the warehouse and to both lakes', async () => {
    const lines = '{"id":"a","amount":"9223372036854775807"}\n{"id":"b","amount":-1}\n';
    const ids = (await data(['publish', 'pay/paid', '--attribute', 'origin=test', '--ordering-key', 'k'], lines)).split(
      '\n',
    );
    assert.equal(ids.length, 3);

    const rows = await until('two rows in the warehouse', async () => {
      const { code, stdout, stderr } = await onramp(['query', '--json', 'SELECT id, amount FROM pay.paid ORDER BY id']);
      if (code === 1 && stderr.includes('Not found')) return undefined;
      assert.equal(code, 0, stderr);
      const found = JSON.parse(stdout) as unknown[];
      return found.length === 2 ? found : undefined;
    });
    assert.deepEqual(rows, [
      { id: 'a', amount: '9223372036854775807' },
      { id: 'b', amount: '-1' },
    ]);
    assert.equal(
      await data(['query', 'SELECT id, amount, NULL AS nothing FROM pay.paid ORDER BY id']),
      'id               amount  nothing\na   9223372036854775807     NULL\nb                    -1     NULL\n',
    );
    assert.equal(
      await data(['query', '--csv'], 'SELECT id, amount FROM pay.paid ORDER BY id'),
      'id,amount\r\na,9223372036854775807\r\nb,-1\r\n',
    );

    const records = await until('two records in the structured lake', async () => {
      const { code, stdout } = await onramp(['lake', 'cat', 'structured', 'pay/paid']);
      const found = stdout.split('\n').filter(line => line !== '');
      return code === 0 && found.length === 2
        ? found.map(line => JSON.parse(line) as Record<string, unknown>)
        : undefined;
    });
    assert.partialDeepStrictEqual(records, [
      { id: 'a', amount: '9223372036854775807', onramp_ramp: 'pay/paid', onramp_attributes: { origin: 'test' } },
      { id: 'b', amount: '-1', onramp_ordering_key: 'k', onramp_schema: 'pay.v1.Paid' },
    ]);
    assert.deepEqual(
      records.map(record => record['onramp_event_id']),
      [`pay/paid/${ids[0] ?? ''}`, `pay/paid/${ids[1] ?? ''}`],
    );
  });

  it('brings files to the raw lake as they are', async () => {
    const files = [randomBytes(100_000), Buffer.alloc(0), Buffer.from('メルペイ')];
    const paths = files.map((content, index) => {
      const path = join(home, `file-${index}`);
      writeFileSync(path, content);
      return path;
    });
    const { ramp, messageIds } = (await json('publish', 'pay/receipts', '--raw', '--attribute', 'n=1', ...paths)) as {
      ramp: string;
      messageIds: string[];
    };
    assert.equal(ramp, 'pay/receipts');
    assert.equal(messageIds.length, 3);

    const lakeFiles = await until('three records in the raw lake', async () => {
      const found = (await json('lake', 'list', 'raw', 'pay/receipts')) as { name: string; records: number }[];
      return found.reduce((sum, { records }) => sum + records, 0) === 3 ? found : undefined;
    });
    const lines = await Promise.all(lakeFiles.map(({ name }) => data(['lake', 'cat', 'raw', name])));
    const payloads = lines
      .join('')
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { onramp_event_id: string; payload: string });
    const byId = new Map(payloads.map(record => [record.onramp_event_id, Buffer.from(record.payload, 'base64')]));
    for (const [index, content] of files.entries()) {
      assert.deepEqual(byId.get(`pay/receipts/${messageIds[index] ?? ''}`), content);
    }
    assert.equal((await data(['lake', 'cat', 'raw', 'pay/receipts', '--limit', '1'])).trim().split('\n').length, 1);
    assert.match(await data(['lake', 'list', 'raw']), /^object +bytes +records {2}written\nramp=pay\./);
  });

  it('shows why a message was set aside, and gives its bytes back', async () => {
    const payload = Buffer.from('\u00ff\u00ffnot protobuf', 'latin1');
    const [id = ''] = (await data(['publish', 'pay/paid', '--raw'], payload)).split('\n');
    const event = `pay/paid/${id}`;
    const list = ['dead-letter', 'list', '--ramp', 'pay/paid', '--reason', 'PAYLOAD_UNDECODABLE'];
    const letters = await until('dead letters of both decoding stages', async () => {
      const found = (await json(...list)) as Record<string, string>[];
      return found.length === 2 ? found : undefined;
    });
    assert.deepEqual(letters.map(letter => letter['onramp_dead_letter_stage']).sort(), [
      'hub-to-structured-lake',
      'hub-to-warehouse',
    ]);
    assert.equal(letters[0]?.['onramp_event_id'], event);
    assert.match(letters[0]['mend'] ?? '', /^Publish the bytes/);

    const { stdout, stderr } = await onramp([...list, '--stage', 'hub-to-warehouse']);
    assert.equal(stdout.trim().split('\n').length, 2);
    assert.match(stderr, /^\nPAYLOAD_UNDECODABLE\n {2}The payload is not a well-formed protobuf message\.\n/);

    const shown = await data(['dead-letter', 'show', id]);
    assert.match(shown, new RegExp(`^event +${event}\n`));
    assert.match(shown, /payload +14 bytes\n00000000 {2}ff ff 6e 6f .*\|\.\.not protobuf\|\n/);
    const file = join(home, 'payload');
    await data(['dead-letter', 'show', event, '--payload', file]);
    assert.deepEqual(readFileSync(file), payload);
  });

  it('gives the bytes back of a dead letter that is too large for the table', async () => {
    const payload = Buffer.concat([Buffer.from([0xff, 0xff]), randomBytes(6_000_000)]);
    const [id = ''] = (await data(['publish', 'pay/paid', '--raw'], payload)).split('\n');
    const file = join(home, 'large');
    await until('the large dead letter', async () => {
      const { code, stderr } = await onramp(['dead-letter', 'show', id, '--payload', file]);
      if (code === 2 && stderr.includes('there is no dead letter')) return undefined;
      assert.equal(code, 0, stderr);
      return true;
    });
    assert.ok(readFileSync(file).equals(payload));
  });

  it('says why a message that is too large was not published', async () => {
    const { code, stdout, stderr } = await onramp(['publish', 'pay/receipts', '--raw'], Buffer.alloc(11_000_000));
    assert.match(stderr, /^error: 1 of 1 messages were not published: 3 INVALID_ARGUMENT: /);
    assert.equal(stdout, '');
    assert.equal(code, 1);
  });

  it('shows what has arrived where', async () => {
    const { ramps, functions } = (await json('status')) as {
      ramps: { ramp: string; published: number; rawLake: number }[];
      functions: { status: string }[];
    };
    const receipts = ramps.find(({ ramp }) => ramp === 'pay/receipts');
    assert.equal(receipts?.published, 3);
    assert.equal(receipts.rawLake, 3);
    assert.ok(functions.every(({ status }) => status === 'ready'));
    assert.match(await data(['status']), /^ramp +published +hub +raw lake +structured lake +warehouse +dead letters\n/);
  });

  it('publishes nothing when one line is wrong', async () => {
    const good = join(home, 'good.jsonl');
    const bad = join(home, 'bad.jsonl');
    writeFileSync(good, '{"id":"never"}\n');
    writeFileSync(bad, '{"id":"never"}\n{"id":1}\n\n{"amont":"1"}\n');
    const { code, stdout, stderr } = await onramp(['publish', 'pay/paid', good, bad]);
    assert.equal(
      stderr,
      `${bad}:2  cannot decode field pay.v1.Paid.id from JSON: expected string, got 1\n` +
        `${bad}:4  cannot decode message pay.v1.Paid from JSON: key "amont" is unknown\n` +
        '\n2 lines are wrong; nothing was published.\n',
    );
    assert.equal(stdout, '');
    assert.equal(code, 1);
    assert.doesNotMatch(await data(['lake', 'cat', 'structured', 'pay/paid']), /never/);
  });

  const refused: readonly (readonly [string, readonly string[], RegExp, number])[] = [
    [
      'an unknown ramp',
      ['publish', 'pay/payd'],
      /^error: there is no ramp "pay\/payd"\n {2}Did you mean "pay\/paid"\?\n$/,
      2,
    ],
    ['JSON on a ramp without schema', ['publish', 'pay/receipts'], /has no schema.*\n {2}.*--raw\.\n$/, 2],
    ['a file that is not there', ['publish', 'pay/paid', 'nope'], /^error: nope cannot be read: ENOENT/, 2],
    [
      'a table that is not there',
      ['query', 'SELECT 1 FROM pay.nope'],
      /^error: Not found: Table local-onramp:pay\.nope/,
      1,
    ],
    ['SQL that is none', ['query', 'SELEKT 1'], /^error: Syntax error/, 1],
    ['a ramp without files', ['lake', 'cat', 'raw', 'pay/pad'], /Did you mean "pay\/paid"\?\n$/, 2],
    [
      'an event that was not set aside',
      ['dead-letter', 'show', 'nope'],
      /^error: there is no dead letter of the event/,
      2,
    ],
    [
      'a second local cloud on the folder',
      ['local', '--port-base', '0'],
      /\nerror LOCAL_FOLDER_IN_USE: process \d+ has /,
      2,
    ],
  ];
  for (const [what, args, expected, exitCode] of refused) {
    it(`says what is wrong with ${what}`, async () => {
      const { code, stdout, stderr } = await onramp(args, '{}');
      assert.match(stderr, expected);
      assert.equal(stdout, '');
      assert.equal(code, exitCode);
    });
  }

  describe('schema', () => {
    const proto = join(root, 'proto/pay/v1/paid.proto');
    const listed = async () => (await json('schema', 'list')) as { name: string; version: string; state: string }[];
    const edit = (from: string, to: string) => writeFileSync(proto, readFileSync(proto, 'utf8').replace(from, to));

    it('is published by the start, and publishing it again changes nothing', async () => {
      const [{ name, version, state } = assert.fail()] = await listed();
      assert.deepEqual([name, state], ['pay.v1.Paid', 'current']);
      const { project, schemas } = (await json('schema', 'publish')) as { project: string; schemas: unknown };
      assert.equal(project, 'local-onramp');
      const nothing = { unchanged: true, breaks: [], laterTables: [] };
      assert.deepEqual(schemas, [{ name, version, ...nothing, tables: ['pay.paid'] }]);
    });

    it('is shown with its columns, at the current version or another', async () => {
      const before = (await listed())[0]?.version ?? '';
      edit('  int64 amount = 2;', '  int64 amount = 2;\n  string note = 3;');
      assert.match(await data(['schema', 'publish']), /^pay\.v1\.Paid +\w{16} +published, after \w{16} +pay\.paid$/m);
      const columns = async (...version: string[]) => {
        const shown = (await json('schema', 'show', 'pay.v1.Paid', ...version)) as { columns: { column: string }[] };
        return shown.columns.map(({ column }) => column);
      };
      assert.deepEqual(await columns(), ['id', 'amount', 'note']);
      assert.deepEqual(await columns(before), ['id', 'amount']);
      const { code, stderr } = await onramp(['schema', 'show', 'pay.v1.Paid', '0000000000000000']);
      assert.equal(code, 1);
      assert.match(stderr, /SCHEMA_UNKNOWN_VERSION.*published are: \w{16}, \w{16}/);
    });

    it('is withdrawn with a reason, and published again', async () => {
      const [{ version } = assert.fail()] = await listed();
      assert.equal((await onramp(['schema', 'withdraw', 'pay.v1.Paid', version])).code, 2, 'without a reason');
      const { stderr } = await onramp(['schema', 'withdraw', 'pay.v1.Paid', version, '--why', 'a drill']);
      assert.match(stderr, /^Withdrew version \w+ of pay\.v1\.Paid\. Current is \w+\.\n$/);
      assert.match(await data(['schema', 'list']), new RegExp(`${version} .* withdrawn: a drill$`, 'm'));
      await data(['schema', 'publish']);
      assert.deepEqual(
        (await listed()).map(({ state }) => state),
        ['current', 'published'],
      );
    });

    it('is not published when it breaks what is, unless that is allowed; the old column stays', async () => {
      edit('  string note = 3;', '  int64 note = 3;');
      const { code, stderr } = await onramp(['schema', 'publish']);
      assert.equal(code, 1);
      assert.match(stderr, /SCHEMA_BREAKING: pay\.v1\.Paid\.note: /);
      const allowed = await onramp(['schema', 'publish', '--allow-breaking']);
      assert.equal(allowed.code, 0);
      assert.match(allowed.stderr, /^warning: pay\.v1\.Paid breaks at pay\.v1\.Paid\.note: /);
      const shown = (await json('schema', 'show', 'pay.v1.Paid')) as { columns: { column: string; type: string }[] };
      assert.deepEqual(shown.columns.at(-1)?.column, 'note_2');
    });

    it('is not published when it imports what is not there', async () => {
      edit('package pay.v1;', 'package pay.v1;\nimport "gone.proto";');
      const { code, stderr } = await onramp(['schema', 'publish']);
      assert.equal(code, 2);
      assert.match(stderr, /^proto\/pay\/v1\/paid\.proto:3:1 {2}the imported file gone\.proto does not exist$/m);
      edit('\nimport "gone.proto";', '');
    });
  });

  it('ends quietly when its reader has seen enough', async () => {
    const lines = Array.from({ length: 2000 }, (_, index) => `{"id":"${'x'.repeat(500)}${index}"}\n`).join('');
    await data(['publish', 'pay/paid'], lines);
    await until('more in the raw lake than a pipe holds', async () => {
      const found = (await json('lake', 'list', 'raw', 'pay/paid')) as { records: number }[];
      return found.reduce((sum, { records }) => sum + records, 0) >= 2000 || undefined;
    });
    const child = start('lake', 'cat', 'raw', 'pay/paid');
    const stderr = text(child.stderr);
    child.stdout.once('data', () => child.stdout.destroy());
    const [code] = (await once(child, 'exit')) as [number | null];
    assert.equal(await stderr, '');
    assert.equal(code, 0);
  });

  it('says which port is taken', async t => {
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const { port } = server.address() as { port: number };
    const { code, stderr } = await onramp(['local', '--port-base', String(port - 1), '--folder', join(home, 'other')]);
    assert.match(stderr, new RegExp(`\nerror LOCAL_PORT_TAKEN: port .*\n`));
    assert.equal(code, 2);
  });

  it('ends at once on a second Ctrl-C, and says what becomes of what was on its way', async () => {
    const child = start('local', '--port-base', '0', '--folder', join(home, 'third'));
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await until('it starts', () => said.includes('Starting') || undefined);
    // Presses that follow the first one too closely are taken for the same.
    const pressing = setInterval(() => child.kill('SIGINT'), 50);
    const [code] = (await once(child, 'exit')) as [number | null];
    clearInterval(pressing);
    assert.match(
      said,
      /\nStopping; .*\nEnded at once\. What was not yet everywhere is delivered again at the next start/,
    );
    assert.equal(code, 130);
  });

  it('stops on Ctrl-C, and keeps the data', async () => {
    local.process.kill('SIGINT');
    const [code] = (await once(local.process, 'exit')) as [number | null];
    assert.equal(code, 0, local.talk());
    assert.match(local.talk(), /\nStopping; Ctrl-C again ends it at once\.\nStopped\. The data are kept in /);
    const { code: after, stderr } = await onramp(['status']);
    assert.match(stderr, /^error LOCAL_NOT_RUNNING: /);
    assert.equal(after, 1);
  });
});
