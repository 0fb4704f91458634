import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Inventory } from '../../../../infra/render.ts';
import { createSecrets } from '../../../../local/secrets/secrets.ts';
import { type Authorize, allowAll } from '../../../../local/stand-in.ts';

const account = 'hub-to-warehouse@acme.iam.gserviceaccount.com';
const inventory: Inventory = {
  resources: ['key', 'password'].map(secretId => ({
    type: 'gcp:secretmanager/secret:Secret',
    name: secretId,
    urn: `urn:${secretId}`,
    protect: true,
    inputs: { secretId, project: 'acme' },
    outputs: {},
  })),
};

describe('secrets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-secrets-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const secretsFor = (authorize: Authorize) => createSecrets({ folder, inventory, authorize });
  const variable = (name: string, secret: string, version: string) => ({ name, project: 'acme', secret, version });

  it('are made once, each version another one, for the owner of the files alone', () => {
    const secrets = secretsFor(allowAll);
    const asked = [variable('KEY_1', 'key', '1'), variable('KEY_2', 'key', '2')];
    const values = secrets.resolve(account, asked);
    assert.deepEqual(Object.keys(values), ['KEY_1', 'KEY_2']);
    for (const value of Object.values(values)) assert.equal(Buffer.from(value, 'base64').length, 32);
    assert.notEqual(values['KEY_1'], values['KEY_2']);
    assert.deepEqual(secretsFor(allowAll).resolve(account, asked), values);
    assert.equal(statSync(join(folder, 'key/1')).mode & 0o777, 0o600);
    assert.equal(statSync(join(folder, 'key')).mode & 0o777, 0o700);
    assert.equal(readFileSync(join(folder, 'key/1'), 'utf8'), values['KEY_1']);
  });

  it('may be written by a person', () => {
    mkdirSync(join(folder, 'password'));
    writeFileSync(join(folder, 'password/3'), 'as it is\n');
    const values = secretsFor(allowAll).resolve(account, [variable('PASSWORD', 'password', '3')]);
    assert.deepEqual(values, { PASSWORD: 'as it is\n' });
  });

  it('are read by the account that asks, and refused in the words of Cloud Run', () => {
    const asked: string[][] = [];
    const secrets = secretsFor((...call) => {
      asked.push(call);
      return false;
    });
    assert.throws(() => secrets.resolve(account, [variable('A', 'key', '1'), variable('B', 'key', '2')]), {
      message: ['A: 1', 'B: 2']
        .map(
          each =>
            `${each.slice(0, 3)}Permission denied on secret: projects/acme/secrets/key/versions/${each.slice(3)} for Revision ` +
            `service account ${account}. The service account used must be granted the 'Secret Manager Secret Accessor' role ` +
            '(roles/secretmanager.secretAccessor) at the secret, project or higher level.',
        )
        .join('\n'),
    });
    assert.deepEqual(asked, [
      [account, 'secretmanager.versions.access', 'projects/acme/secrets/key/versions/1'],
      [account, 'secretmanager.versions.access', 'projects/acme/secrets/key/versions/2'],
    ]);
  });

  it('have a latest version, the one of the highest number', () => {
    const secrets = secretsFor(allowAll);
    mkdirSync(join(folder, 'key'), { recursive: true });
    writeFileSync(join(folder, 'key/9'), 'nine');
    writeFileSync(join(folder, 'key/10'), 'ten');
    assert.deepEqual(secrets.resolve(account, [variable('A', 'key', 'latest')]), { A: 'ten' });
  });

  it('of a service are those that somebody may read, in a folder of the project', () => {
    const inputs = { secretId: 'database', project: 'acme-payment', member: `serviceAccount:${account}` };
    const type = 'gcp:secretmanager/secretIamMember:SecretIamMember';
    const grant = { type, name: 'grant', urn: 'urn:grant', protect: false, inputs, outputs: {} };
    const secrets = createSecrets({ folder, inventory: { resources: [grant] }, authorize: allowAll });
    mkdirSync(join(folder, 'acme-payment/database'), { recursive: true });
    writeFileSync(join(folder, 'acme-payment/database/1'), 'swordfish');
    const asked = [{ name: 'A', project: 'acme-payment', secret: 'database', version: 'latest' }];
    assert.deepEqual(secrets.resolve(account, asked), { A: 'swordfish' });
  });

  it('are not found when nobody declared them, or under no such version', () => {
    const secrets = secretsFor(allowAll);
    assert.throws(() => secrets.resolve(account, [variable('A', 'other', '1')]), /A: Secret .*other.* was not found/);
    for (const version of ['newest', '0', '../1', '']) {
      assert.throws(() => secrets.resolve(account, [variable('A', 'key', version)]), /was not found/, version);
    }
  });
});
