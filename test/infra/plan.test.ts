import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import type { Plan } from '../../infra/plan/plan.ts';
import { root } from '../support/example-stack.ts';
import { runCaptured } from '../unit/cli/captured-terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'onramp-plan-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The repository’s folder below which the configuration lies: a plan need not be at the top of a repository. */
const pipeline = join(folder, 'pipeline');
const git = (...args: string[]) =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
    encoding: 'utf8',
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' },
  });

git('init', '--quiet');
for (const path of ['buf.yaml', 'proto', 'services'])
  cpSync(join(root, path), join(pipeline, path), { recursive: true });
git('add', '.');
git('commit', '--quiet', '--message', 'as deployed');

const services = join(pipeline, 'services');
const plan = (...args: string[]) => runCaptured(['plan', '--root', pipeline, ...args]);
async function planned(...args: string[]): Promise<Plan> {
  const { stdout, stderr, exitCode } = await plan('--json', ...args);
  assert.equal(stderr, '');
  assert.equal(exitCode, 0);
  return JSON.parse(stdout) as Plan;
}

const edit = (path: string, from: string, to: string) => {
  const text = readFileSync(join(pipeline, path), 'utf8');
  assert.ok(text.includes(from), `${path} has no ${from}`);
  writeFileSync(join(pipeline, path), text.replace(from, to));
};

describe('onramp plan', () => {
  beforeEach(() => {
    git('checkout', '--quiet', '--', '.');
    git('clean', '--quiet', '--force', '-d');
  });

  it('finds nothing when nothing changed, and leaves nothing behind', async () => {
    assert.deepEqual(await plan(), { stdout: 'Nothing changes.\n', stderr: '', exitCode: 0 });
    assert.deepEqual(await planned(), { version: 1, resources: [], grants: [], tables: [], losses: [] });
    assert.deepEqual(readdirSync(pipeline).toSorted(), ['buf.yaml', 'proto', 'services']);
    assert.equal(git('status', '--porcelain'), '');
  });

  it('lists exactly the topic, subscription and grants of an added ramp, and its entry in the catalogue', async () => {
    const member = 'serviceAccount:api@acme-assets.iam.gserviceaccount.com';
    appendFileSync(join(services, 'assets/service.yaml'), `  videos: { publishers: ['${member}'] }\n`);
    const agent = 'serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com';
    assert.deepEqual(await planned(), {
      version: 1,
      resources: [
        {
          action: 'add',
          type: 'gcp:pubsub/subscription:Subscription',
          name: 'ramp-to-hub-assets-videos',
          inputs: [],
        },
        { action: 'add', type: 'gcp:pubsub/topic:Topic', name: 'ramp-assets-videos', inputs: [] },
        {
          action: 'change',
          type: 'gcp:storage/bucketObject:BucketObject',
          name: 'catalogue.json',
          inputs: [
            {
              path: 'source.text.ramps["assets/videos"]',
              after: { owner: 'assets-team@example.com', description: '' },
            },
          ],
        },
      ],
      grants: [
        {
          action: 'add',
          member: agent,
          role: 'roles/pubsub.subscriber',
          on: { kind: 'subscription', name: 'ramp-to-hub-assets-videos' },
          reason: 'Pub/Sub takes a message that it moved off the subscription it was on',
        },
        {
          action: 'add',
          member,
          role: 'roles/pubsub.publisher',
          on: { kind: 'topic', name: 'ramp-assets-videos' },
          reason: 'the service publishes on its own ramp and no other topic',
        },
      ],
      tables: [],
      losses: [],
    });
  });

  it('shows the columns that a changed schema adds, leaves and breaks, and fails on the broken one if told to', async () => {
    const proto = 'proto/quakes/v1/quake.proto';
    const field = /^ {2}(?:optional )?double (\w+) = (\d+);$/m.exec(readFileSync(join(pipeline, proto), 'utf8'));
    assert.ok(field);
    const [line, name = '', number = ''] = field;
    edit(proto, line, `  string ${name} = ${number};\n  string added = 900;`);
    const { tables, resources, losses } = await planned();
    assert.deepEqual(tables, [
      {
        action: 'change',
        ramp: 'quakes/detected',
        table: 'quakes.detected',
        columns: [
          { action: 'add', path: 'added', after: 'STRING' },
          { action: 'retype', path: name, before: 'FLOAT', after: 'STRING', column: `${name}_2` },
        ],
        files: [],
        layout: [],
      },
    ]);
    // Schemas are published, not deployed.
    assert.deepEqual(resources, []);
    const loss = `column ${name} of quakes.detected cannot change from FLOAT to STRING: new values go to ${name}_2`;
    assert.deepEqual(losses, [loss]);
    const { stdout, exitCode } = await plan('--fail-on-loss');
    assert.equal(exitCode, 1);
    assert.match(stdout, new RegExp(`^ {6}! ${name} from FLOAT to STRING: new values go to ${name}_2$`, 'm'));
  });

  it('finds no difference in the table when a field is renamed, now and after that was saved', async () => {
    const saved = join(folder, '..', `${folder.split('/').at(-1) ?? ''}-renamed.json`);
    after(() => rmSync(saved, { force: true }));
    edit('proto/quakes/v1/quake.proto', ' string title = ', ' string headline = ');
    assert.equal((await plan('--fail-on-loss', '--save', saved)).stdout, 'Nothing changes.\n');
    edit('proto/quakes/v1/quake.proto', ' string headline = ', ' string caption = ');
    assert.equal((await plan('--against', saved)).stdout, 'Nothing changes.\n');
    edit('proto/quakes/v1/quake.proto', ' string caption = ', ' int64 title = ');
    const { losses } = await planned('--against', saved);
    assert.deepEqual(losses, [
      'column title of quakes.detected cannot change from STRING to INTEGER: new values go to title_2',
    ]);
  });

  it('says what is lost with a service that is removed, and that Pulumi refuses what is protected', async () => {
    rmSync(join(services, 'flights'), { recursive: true });
    const { losses, tables } = await planned();
    assert.deepEqual(losses.toSorted(), [
      'Dataset flights would be deleted, with all its tables; Pulumi refuses, for it is protected',
      'Subscription ramp-to-hub-flights-departures would be deleted, with the messages that are not acknowledged yet',
      'Topic ramp-flights-departures would be deleted, with the messages that it retains',
    ]);
    assert.deepEqual(
      tables.map(({ action, table }) => `${action} ${table}`),
      ['remove flights.departures'],
    );
  });

  it('shows a layout that only a new table would get', async () => {
    edit('services/quakes/service.yaml', 'cluster_by: [network, kind]', 'cluster_by: [network]');
    const { tables } = await planned();
    assert.deepEqual(
      tables.map(({ columns, layout }) => ({ columns, layout })),
      [{ columns: [], layout: [{ path: 'clusterBy', before: 'network, kind', after: 'network' }] }],
    );
  });

  it('compares with an inventory that was saved, on whatever machine', async () => {
    const saved = join(folder, '..', `${folder.split('/').at(-1) ?? ''}.json`);
    after(() => rmSync(saved, { force: true }));
    await plan('--save', saved);
    assert.ok(!readFileSync(saved, 'utf8').includes(tmpdir()), 'the saved inventory names a folder of this machine');
    assert.equal((await plan('--against', saved)).stdout, 'Nothing changes.\n');
    mkdirSync(join(services, 'shop'));
    writeFileSync(join(services, 'shop/service.yaml'), 'version: 1\nowner: a@example.com\nramps:\n  sold: {}\n');
    const { resources } = await planned('--against', saved);
    assert.deepEqual(
      resources.map(({ action, name }) => `${action} ${name}`),
      ['add ramp-to-hub-shop-sold', 'add ramp-shop-sold', 'change catalogue.json'],
    );
  });

  it('reads the stack’s settings, of then and of now', async () => {
    writeFileSync(join(pipeline, 'Pulumi.dev.yaml'), 'config:\n  onramp:project: acme-dev\n  onramp:protect: false\n');
    assert.equal((await plan()).stdout, 'Nothing changes.\n');
    git('add', '.');
    git('commit', '--quiet', '--message', 'with a stack');
    edit('Pulumi.dev.yaml', 'protect: false', 'lakeDeleteAfterDays: 365');
    const { resources } = await planned();
    assert.deepEqual(
      resources.map(({ action, name }) => `${action} ${name}`),
      ['change acme-dev-exports', 'change acme-dev-structured-lake'],
    );
    edit('Pulumi.dev.yaml', 'acme-dev', 'acme-two');
    assert.ok((await planned()).resources.some(({ name, action }) => name === 'hub' && action === 'replace'));
    git('reset', '--quiet', '--hard', 'HEAD~1');
  });

  it('exits with 2 for what is wrong with the configuration, of then or of now', async () => {
    appendFileSync(join(services, 'assets/service.yaml'), '  videos: { colour: red }\n');
    const { stderr, exitCode } = await plan();
    assert.match(stderr, /^services\/assets\/service\.yaml:\d+:\d+ {2}the key "colour" is not known here/);
    assert.equal(exitCode, 2);
  });

  it('exits with 2 and says what to do when there is nothing to compare with', async () => {
    const missing = await plan('--against', 'v0');
    assert.match(missing.stderr, /v0 is neither a file nor a commit .*\n {2}Name a commit, or a file/);
    assert.equal(missing.exitCode, 2);
    const other = await plan('--against', join(root, 'package.json'));
    assert.match(other.stderr, /it is no inventory that `onramp plan --save`/);
    assert.equal(other.exitCode, 2);
    const unwritten = await plan('--save', join(folder, 'none/saved.json'));
    assert.match(unwritten.stderr, /^error: \S+saved\.json cannot be written: ENOENT/);
    assert.equal(unwritten.exitCode, 2);
    assert.match((await plan('--stack', 'prod')).stderr, /there is no Pulumi\.prod\.yaml/);
  });
});
