import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { credentials } from '@grpc/grpc-js';
import analyzerRpc from '@pulumi/pulumi/proto/analyzer_grpc_pb.js';
import analyzer from '@pulumi/pulumi/proto/analyzer_pb.js';
import type { PolicyResource } from '../../infra/policy/rule.ts';
import { resourceRules, stackRules } from '../../infra/policy/rules.ts';
import { exampleStack, ofType, root } from '../support/example-stack.ts';
import { answerOf, Empty, structOf } from '../support/pulumi-protocol.ts';

const pack = join(root, 'infra/policy');
const rules = [...resourceRules, ...stackRules].map(({ name }) => name);

/** The text that stands for an unknown value in Pulumi's protocol. */
const unknown = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

describe('the policy pack, started and asked as Pulumi’s engine does', () => {
  let server: ChildProcessByStdio<null, Readable, Readable>;
  let client: analyzerRpc.AnalyzerClient;
  before(async () => {
    const runner = createRequire(import.meta.url).resolve('@pulumi/pulumi/cmd/run-policy-pack');
    server = spawn(process.execPath, [runner, '127.0.0.1:9', '.'], { cwd: pack, stdio: ['ignore', 'pipe', 'pipe'] });
    client = await connect(server);
  });
  after(async () => {
    client.close();
    server.kill();
    await once(server, 'exit');
  });

  interface Subject extends PolicyResource {
    readonly urn: string;
  }

  const stack: readonly Subject[] = exampleStack.resources.map(({ type, name, urn, inputs }) => ({
    type,
    name,
    urn,
    inputs,
  }));

  const violations = (response: analyzer.AnalyzeResponse) =>
    response.getDiagnosticsList().map(found => {
      assert.equal(found.getEnforcementlevel(), analyzer.EnforcementLevel.MANDATORY);
      return { rule: found.getPolicyname(), message: found.getMessage() };
    });

  /** Before a resource is made. */
  const analyze = async ({ type, name, urn, inputs }: Subject) => {
    const request = new analyzer.AnalyzeRequest();
    request.setType(type);
    request.setName(name);
    request.setUrn(urn);
    request.setProperties(structOf(inputs));
    request.setOptions(new analyzer.AnalyzerResourceOptions());
    return violations(await answerOf<analyzer.AnalyzeResponse>(done => client.analyze(request, done)));
  };

  /** When all resources are made. */
  const analyzeStack = async (subjects: readonly Subject[]) => {
    const request = new analyzer.AnalyzeStackRequest();
    for (const { type, name, urn, inputs } of subjects) {
      const resource = new analyzer.AnalyzerResource();
      resource.setType(type);
      resource.setName(name);
      resource.setUrn(urn);
      resource.setProperties(structOf(inputs));
      resource.setOptions(new analyzer.AnalyzerResourceOptions());
      request.addResources(resource);
    }
    return violations(await answerOf<analyzer.AnalyzeResponse>(done => client.analyzeStack(request, done)));
  };

  const subject = (type: string, name: string): Subject =>
    stack.find(found => found.name === name && found.type.endsWith(`:${type}`)) ?? assert.fail(`${type} ${name}`);

  it('says what it holds, and that all of it is mandatory', async () => {
    const info = await answerOf<analyzer.AnalyzerInfo>(done => client.getAnalyzerInfo(new Empty(), done));
    assert.equal(info.getName(), 'onramp');
    assert.deepEqual(
      info.getPoliciesList().map(policy => policy.getName()),
      rules,
    );
    for (const policy of info.getPoliciesList()) assert.notEqual(policy.getDescription(), '');
  });

  it('has nothing against the example stack', async () => {
    for (const resource of stack) assert.deepEqual(await analyze(resource), [], resource.urn);
    assert.deepEqual(await analyzeStack(stack), []);
  });

  it('has nothing against it in a preview, when what Google will choose is unknown', async () => {
    const texts = new Set(ofType(exampleStack, 'Account').map(({ outputs }) => outputs['email']));
    const preview = stack.map(resource => ({
      ...resource,
      inputs: JSON.parse(
        JSON.stringify(resource.inputs, (key, value: unknown) =>
          texts.has(value) || ['topic', 'deadLetterTopic', 'member', 'pushEndpoint'].includes(key) ? unknown : value,
        ),
      ) as PolicyResource['inputs'],
    }));
    for (const resource of preview) assert.deepEqual(await analyze(resource), [], resource.urn);
    assert.deepEqual(await analyzeStack(preview), []);
  });

  it('finds a role that was added by hand, names the resource and says how to mend it', async () => {
    const planted: Subject = {
      type: 'gcp:projects/iAMMember:IAMMember',
      name: 'by-hand',
      urn: 'urn:pulumi:dev::onramp::gcp:projects/iAMMember:IAMMember::by-hand',
      inputs: { project: 'acme-platform', role: 'roles/editor', member: 'user:someone@example.com' },
    };
    const found = await analyze(planted);
    assert.deepEqual(
      found.map(({ rule }) => rule),
      ['no-primitive-roles', 'no-wide-grants'],
    );
    assert.match(found[0]?.message ?? '', /by-hand grants roles\/editor: grant the predefined role/);
  });

  it('finds exactly the one bucket that is open', async () => {
    const bucket = subject('Bucket', 'acme-platform-raw-lake');
    const { publicAccessPrevention, ...open } = bucket.inputs;
    assert.equal(publicAccessPrevention, 'enforced');
    assert.deepEqual(
      (await analyze({ ...bucket, inputs: open })).map(({ rule }) => rule),
      ['closed-buckets'],
    );
  });

  it('finds what is wrong with resources only together', async () => {
    const lost = stack.filter(({ urn }) => urn !== subject('Subscription', 'dead-letter').urn);
    const found = await analyzeStack(lost);
    assert.ok(found.length > 0);
    for (const { rule, message } of found) {
      assert.equal(rule, 'kept-dead-letters');
      assert.match(message, /sends dead letters to projects\/acme-platform\/topics\/dead-letter, where they are lost/);
    }
  });

  it('runs with the version of the policy SDK that the project has', () => {
    const versionIn = (file: string, key: string) =>
      (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Record<string, string>>)[key]?.['@pulumi/policy'];
    assert.equal(
      versionIn(join(pack, 'package.json'), 'dependencies'),
      versionIn(join(root, 'package.json'), 'devDependencies'),
    );
  });
});

/** The pack prints its port once it serves. */
async function connect(server: ChildProcessByStdio<null, Readable, Readable>): Promise<analyzerRpc.AnalyzerClient> {
  let stderr = '';
  server.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
  });
  const port = once(server.stdout, 'data').then(([chunk]) => String(chunk).trim());
  const ended = once(server, 'exit').then(() => Promise.reject(new Error(`the policy pack ended: ${stderr}`)));
  return new analyzerRpc.AnalyzerClient(`127.0.0.1:${await Promise.race([port, ended])}`, credentials.createInsecure());
}
