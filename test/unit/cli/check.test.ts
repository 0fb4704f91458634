import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { runCaptured } from './captured-terminal.ts';

const bufYaml = 'version: v2\nmodules:\n  - path: proto\n';

function rootWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'onramp-check-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries({ 'buf.yaml': bufYaml, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const proto = 'syntax = "proto3";\npackage pay.v1;\nmessage Paid {\n  string id = 1;\n}\n';

describe('onramp check', () => {
  it('says what it checked when all is right', async t => {
    const root = rootWith(t, {
      'proto/pay/v1/paid.proto': proto,
      'services/pay/service.yaml':
        'version: 1\nowner: pay@example.com\nramps:\n  paid: { schema: pay.v1.Paid }\n  images: {}\n',
    });
    assert.deepEqual(await runCaptured(['check', '--root', root]), {
      stdout: 'No problem in 1 service with 2 ramps, and in 1 message of proto/.\n',
      stderr: '',
      exitCode: 0,
    });
    const { stdout } = await runCaptured(['check', '--json', '--root', root]);
    assert.deepEqual(JSON.parse(stdout), { services: 1, ramps: 2, exports: 0, messages: 1, problems: [] });
  });

  it('reports every problem of every file in one report', async t => {
    const root = rootWith(t, {
      'proto/pay/v1/paid.proto': proto,
      'services/pay/service.yaml': [
        'version: 1',
        'owner: nobody',
        'ramps:',
        '  paid: { schema: pay.v1.Payd, colour: red }',
        '',
      ].join('\n'),
      'services/shop/service.yaml': 'version: 1\nowner: shop@example.com\nramps: [sold]\n',
    });
    const expected = `services/pay/service.yaml:2:8  "owner" is the text "nobody"
    write the e-mail address of the team, such as payment-team@example.com
services/pay/service.yaml:4:19  proto/ holds no message "pay.v1.Payd"
    did you mean "pay.v1.Paid"?
services/pay/service.yaml:4:32  the key "colour" is not known here
    remove it; known are description, schema, warehouse, publishers, logs
services/shop/service.yaml:3:8  "ramps" is a list
    write a mapping of ramps, such as { payment-event: { schema: acme.payment.v1.PaymentEvent } }

4 problems
`;
    assert.deepEqual(await runCaptured(['check', '--root', root]), { stdout: expected, stderr: '', exitCode: 2 });
    const { stdout, exitCode } = await runCaptured(['check', '--json', '--root', root]);
    const { problems } = JSON.parse(stdout) as { problems: { file: string; line: number }[] };
    assert.deepEqual(
      problems.map(({ file, line }) => `${file}:${line}`),
      [
        'services/pay/service.yaml:2',
        'services/pay/service.yaml:4',
        'services/pay/service.yaml:4',
        'services/shop/service.yaml:3',
      ],
    );
    assert.equal(exitCode, 2);
  });

  it('checks schedules, exports, connections and pools with the rest', async t => {
    const files = {
      'services/pay/service.yaml': 'version: 1\nowner: pay@example.com\nproject: acme-pay\nramps: {}\n',
      'services/pay/schedule.yaml':
        'project: acme-pay\ngcp_conn_id: db\npool: pay\nschedule_interval: "@daily"\nslack_channel: "#pay"\n',
      'services/pay/connections.yaml':
        'db: { kind: mysql, instance: "acme-pay:asia-northeast1:pay", database: pay, user: export-pay, auth: iam }\n',
      'services/pay/exports/transfers.yaml':
        "query: SELECT 1 WHERE d = '{{ ds }}'\nbigquery: [{ project: acme-lake, dataset: pay, table: transfers }]\n",
      'services/connections.yaml': 'slack: { kind: slack, token: projects/acme/secrets/slack }\n',
      'services/pools.ini': 'pay = 3\n',
    };
    const right = await runCaptured(['check', '--root', rootWith(t, files)]);
    assert.equal(right.stdout, 'No problem in 1 service with 0 ramps and 1 export, and in 0 messages of proto/.\n');

    const wrong = rootWith(t, {
      ...files,
      'services/pay/service.yaml': files['services/pay/service.yaml'].replace('acme-pay', 'acme-bay'),
      'services/pay/exports/transfers.yaml': files['services/pay/exports/transfers.yaml'].replace('ds', 'dss'),
      'services/pay/exports/other.yml': '',
    });
    const { stdout, exitCode } = await runCaptured(['check', '--root', wrong]);
    assert.equal(
      stdout,
      `services/pay/exports/other.yml:1:1  a file with this ending is not read
    rename it to .yaml
services/pay/exports/transfers.yaml:1:31  in the template, there is no variable "dss"
    did you mean "ds"?
services/pay/schedule.yaml:1:10  the project is acme-pay here, and acme-bay in service.yaml
    write the same in both

3 problems
`,
    );
    assert.equal(exitCode, 2);
  });

  it('reports what does not compile, together with what is wrong in the services', async t => {
    const root = rootWith(t, {
      'proto/pay/v1/paid.proto': proto.replace('string id', 'strin id'),
      'services/pay/service.yaml': 'version: 2\nowner: pay@example.com\nramps: {}\n',
    });
    const { stdout, exitCode } = await runCaptured(['check', '--root', root]);
    assert.match(stdout, /^proto\/pay\/v1\/paid\.proto:4:3 {2}.*strin/);
    assert.match(stdout, /\nservices\/pay\/service\.yaml:1:10 {2}"version" is the number 2\n/);
    assert.match(stdout, /\n2 problems\n$/);
    assert.equal(exitCode, 2);
  });
});
