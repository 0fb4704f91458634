import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BatchService } from '../../../../functions/core/batch/config.ts';
import type { SqlConnection } from '../../../../functions/core/batch/connection.ts';
import { secretsOfExports } from '../../../../functions/core/batch/secrets-of.ts';
import { parseConnections } from '../../../../infra/config/batch/connections.ts';
import { authority } from '../../../support/certificates.ts';

const { certificate, key } = authority('Acme');
const secret = 'projects/acme/secrets/db';

const sql = (over: object) => ({ kind: 'postgres', database: 'd', user: 'u', auth: { secret }, ...over });
const byHost = (over: object) => sql({ host: 'db', ...over });
const onCloudSql = (over: object) => sql({ instance: 'acme:asia-northeast1:shop', ...over });

const findings = (connection: object) =>
  parseConnections({ c: connection }, 'acme').findings.map(
    ({ path, what, mend }) => `${path.join('.')}: ${what} | ${mend}`,
  );

const parsed = (connection: object) => {
  const { connections, findings: wrong } = parseConnections({ c: connection }, 'acme');
  assert.deepEqual(wrong, []);
  return connections['c'] as SqlConnection;
};

describe('TLS of a connection', () => {
  it('is a mode, or what the mode needs', () => {
    assert.equal(parsed(byHost({})).tls, undefined);
    for (const mode of ['off', 'encrypt', 'verify-ca', 'verify'])
      assert.deepEqual(parsed(byHost({ tls: mode })).tls, { mode });
    assert.deepEqual(parsed(byHost({ tls: { ca: certificate, server_name: 'x' } })).tls, {
      mode: 'verify',
      ca: { pem: certificate },
      serverName: 'x',
    });
    const client = { certificate: `${secret}-certificate/versions/2`, key: `${secret}-key` };
    assert.deepEqual(parsed(byHost({ tls: { mode: 'verify-ca', ca: `${secret}-ca`, ...client } })).tls, {
      mode: 'verify-ca',
      ca: { secret: `${secret}-ca/versions/latest` },
      client: {
        certificate: { secret: `${secret}-certificate/versions/2` },
        key: `${secret}-key/versions/latest`,
      },
    });
  });

  it('gives the function the secrets that it names', () => {
    const tls = { ca: `${secret}-ca`, certificate, key: `${secret}-key` };
    const service = { exports: [{ connection: 'c', columns: {} }], connections: { c: parsed(byHost({ tls })) } };
    assert.deepEqual(secretsOfExports(service as unknown as BatchService), [
      `${secret}-ca/versions/latest`,
      `${secret}-key/versions/latest`,
      `${secret}/versions/latest`,
    ]);
  });

  it('holds no private key, and a report repeats none', () => {
    const reports = [
      ...findings(byHost({ tls: { ca: key } })),
      ...findings(byHost({ tls: { certificate: certificate + key, key } })),
    ];
    assert.equal(reports.length, 3, reports.join('\n'));
    assert.match(reports.join('\n'), /"key" is not what it should be \| .*never write a secret itself/);
    for (const line of key.split('\n').slice(1, -2)) assert.ok(!reports.join('\n').includes(line));
  });

  it('is refused where a certificate cannot be read, or a mode does not exist', () => {
    const broken = certificate.replace(/\n[^\n]{20}/, '\n');
    assert.match(findings(byHost({ tls: { ca: broken } })).join(), /^c\.tls\.ca: .*BEGIN CERTIFICATE/);
    assert.match(findings(byHost({ tls: 'require' })).join(), /write verify, verify-ca, encrypt or off/);
    assert.match(findings(byHost({ tls: { cert: certificate } })).join(), /"cert"/);
  });

  it('is refused where what is written is not looked at', () => {
    assert.deepEqual(findings(byHost({ tls: { mode: 'encrypt', ca: certificate } })), [
      'c.tls.ca: with mode: encrypt no certificate is checked by it | write mode: verify, or remove "ca"',
    ]);
    assert.deepEqual(findings(byHost({ tls: { mode: 'verify-ca', server_name: 'x' } })), [
      'c.tls.server_name: with mode: verify-ca no name is checked | write mode: verify, or remove "server_name"',
    ]);
    assert.deepEqual(findings(byHost({ tls: { certificate } })), [
      'c.tls.certificate: "certificate" is written without "key" | write "key", too',
    ]);
    assert.deepEqual(findings(onCloudSql({ tls: 'verify' })), [
      'c.tls: Cloud SQL’s connector encrypts and checks by itself | remove "tls"',
    ]);
    assert.deepEqual(findings(byHost({ ip: 'private' })), [
      'c.ip: only an instance of Cloud SQL has addresses to choose from | remove "ip", or write "instance" in place of "host"',
    ]);
  });
});

describe('a user of IAM login', () => {
  const email = 'export-shop@acme.iam.gserviceaccount.com';

  it('is the account in the form of the database', () => {
    assert.equal(parsed(onCloudSql({ auth: 'iam', user: 'export-shop@acme.iam' })).user, 'export-shop@acme.iam');
    assert.equal(parsed(onCloudSql({ kind: 'mysql', auth: 'iam', user: 'export-shop' })).user, 'export-shop');
  });

  it('is told in that form when it is written in another', () => {
    assert.deepEqual(findings(onCloudSql({ auth: 'iam', user: email })), [
      'c.user: PostgreSQL knows a service account without ".gserviceaccount.com" | write user: export-shop@acme.iam',
    ]);
    assert.deepEqual(findings(onCloudSql({ auth: 'iam', user: 'export-shop' })), [
      'c.user: PostgreSQL knows a service account by its e-mail without ".gserviceaccount.com" | write user: export-<service>@<project>.iam',
    ]);
    assert.deepEqual(findings(onCloudSql({ kind: 'mysql', auth: 'iam', user: email })), [
      'c.user: MySQL knows a service account by what is before the "@" | write user: export-shop',
    ]);
  });
});
