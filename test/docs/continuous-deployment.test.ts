import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { commands } from './command-help.ts';
import { pageText, root, section, tableRows } from './page.ts';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly if?: string;
  readonly needs?: string;
  readonly environment?: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly group: string; readonly 'cancel-in-progress': boolean };
  readonly 'timeout-minutes': number;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: { readonly push: { readonly branches: readonly string[] } } & Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const text = pageText('docs/examples/onramp.yaml');
const workflow = parse(text) as Workflow;
const page = pageText('docs/continuous-deployment.md');
const manifest = JSON.parse(pageText('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
};

const jobs = Object.entries(workflow.jobs);
const steps = jobs.flatMap(([, job]) => job.steps);
const runsOf = (job: Job) => job.steps.map(({ run = '' }) => run).join('\n');
const job = (name: string) => workflow.jobs[name] ?? assert.fail(`there is no job ${name}`);

describe('the workflow of docs/examples/onramp.yaml', () => {
  it('runs for pull requests and for main', () => {
    assert.deepEqual(Object.keys(workflow.on), ['pull_request', 'push']);
    assert.deepEqual(workflow.on.push.branches, ['main']);
  });

  it('stores no key: it is Google’s by a token of the run', () => {
    assert.doesNotMatch(text, /secrets\.|credentials_json|PULUMI_ACCESS_TOKEN|PASSPHRASE/);
    const identities = steps.filter(({ uses }) => uses?.startsWith('google-github-actions/auth@'));
    assert.equal(identities.length, 2);
    for (const { with: given } of identities) {
      assert.deepEqual(Object.keys(given ?? {}), ['workload_identity_provider', 'service_account']);
    }
  });

  it('gives each job what it needs, and nothing by default', () => {
    assert.deepEqual(workflow.permissions, {});
    const given = Object.fromEntries(jobs.map(([name, { permissions }]) => [name, permissions]));
    assert.deepEqual(given, {
      check: { contents: 'read' },
      plan: { contents: 'read' },
      comment: { 'pull-requests': 'write' },
      preview: { contents: 'read', 'id-token': 'write' },
      deploy: { contents: 'read', 'id-token': 'write' },
    });
    // Who may write runs nothing of the pull request.
    assert.ok(job('comment').steps.every(({ uses }) => uses === undefined));
  });

  it('is nobody’s but the previewer’s before main, and the deployer’s in a guarded environment only', () => {
    const account = (name: string) =>
      job(name).steps.find(({ uses }) => uses?.startsWith('google-github-actions/auth@'))?.with?.['service_account'];
    assert.match(String(account('preview')), /ONRAMP_PREVIEWER/);
    assert.match(String(account('deploy')), /ONRAMP_DEPLOYER/);
    assert.equal(job('deploy').environment, 'production');
    assert.equal(job('deploy').if, "github.event_name == 'push'");
    // A fork’s pull request gets neither identity nor comment.
    for (const name of ['preview', 'comment'])
      assert.match(job(name).if ?? '', /head\.repo\.full_name == github\.repository/);
  });

  it('deploys what was checked, one after the other, and breaks none off', () => {
    assert.equal(job('deploy').needs, 'check');
    assert.deepEqual(job('deploy').concurrency, { group: 'onramp-deploy', 'cancel-in-progress': false });
  });

  it('previews and deploys with the policy pack that there is', () => {
    for (const name of ['preview', 'deploy']) {
      const [, pack = ''] = /pulumi (?:preview|up) .*--policy-pack (\S+)/.exec(runsOf(job(name))) ?? [];
      assert.ok(existsSync(join(root, pack, 'PulumiPolicy.yaml')), pack);
    }
  });

  it('uses the version of Pulumi that the program is written for', () => {
    const versions = steps.filter(({ uses }) => uses?.startsWith('pulumi/')).map(step => step.with?.['pulumi-version']);
    assert.deepEqual(versions, Array(2).fill(manifest.dependencies['@pulumi/pulumi']));
  });

  it('pins every action to a version or a commit', () => {
    const used = steps.flatMap(({ uses }) => uses ?? []);
    assert.ok(used.length > 8);
    for (const action of used) assert.match(action, /^[\w-]+\/[\w-]+@(v\d+|[0-9a-f]{40})$/);
  });

  it('puts nothing that somebody else wrote into a script', () => {
    for (const { run = '' } of steps) assert.ok(!run.includes('${{'), run);
  });

  it('runs scripts of package.json, and commands and options of onramp, that exist', async () => {
    const lines = steps.flatMap(({ run = '' }) => run.split('\n'));
    const known = await commands();
    let used = 0;
    for (const line of lines) {
      const script = /\bnpm (?:run (?:--silent )?)?(\w+)/.exec(line)?.[1];
      if (script === undefined || ['ci', 'exec'].includes(script)) continue;
      assert.ok(script in manifest.scripts, line);
      const [, name, rest = ''] = /npm run --silent onramp -- ((?:schema )?\w+)(.*?)(?:>|$)/.exec(line) ?? [];
      if (name === undefined) continue;
      used += 1;
      const command = known.find(({ usage }) => `${usage} `.startsWith(`onramp ${name} `));
      assert.ok(command, line);
      for (const [option] of rest.matchAll(/--[\w-]+/g)) {
        assert.ok(
          command.options.some(([flags]) => flags.split(' ')[0] === option),
          `${name} ${option}`,
        );
      }
    }
    assert.equal(used, 3);
  });

  it('is what the page says: its jobs, and the variables that it reads', () => {
    assert.deepEqual(
      tableRows(section(page, 'What it does')).map(([name]) => name),
      jobs.map(([name]) => name),
    );
    const read = new Set(Array.from(text.matchAll(/vars\.(\w+)/g), found => found[1]));
    const listed = Array.from(page.matchAll(/^ +\| `(ONRAMP_\w+)`/gm), found => found[1]);
    assert.deepEqual(listed.toSorted(), [...read].toSorted());
  });

  it('bounds the time of every job', () => {
    for (const [name, { 'timeout-minutes': minutes }] of jobs) assert.ok(minutes > 0 && minutes <= 60, name);
  });
});
