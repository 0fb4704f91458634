import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { record } from '../../infra/record.ts';
import { renderStack } from '../../infra/render.ts';
import { input, ofType, root } from '../support/example-stack.ts';

const provider = (_type: string, name: string) => ({ id: name, outputs: {} });

describe('rendering', () => {
  it('may be done for several stacks at once, each with its own settings', async () => {
    const [a, b] = await Promise.all([
      renderStack({ root, project: 'acme-one', region: 'europe-west1', projectNumber: '42' }),
      renderStack({ root, project: 'acme-two', functionUri: stage => `http://127.0.0.1:9000/${stage}` }),
    ]);
    assert.equal(a.resources.length, b.resources.length);
    for (const { inputs } of a.resources) assert.ok(!JSON.stringify(inputs).includes('acme-two'));

    const endpoint = (stack: typeof a) => {
      const found = ofType(stack, 'Subscription').find(({ name }) => name === 'ramp-to-hub-flights-departures');
      return found && input(found, 'pushConfig', 'pushEndpoint');
    };
    assert.equal(endpoint(a), 'https://ramp-to-hub-42.europe-west1.run.app/flights/departures');
    assert.equal(endpoint(b), 'http://127.0.0.1:9000/ramp-to-hub/flights/departures');
  });

  it('lists a resource after those that its inputs come from', async () => {
    const { resources } = await renderStack({ root, project: 'acme-one' });
    const place = (type: string, name: string) =>
      resources.findIndex(found => found.type.endsWith(`:${type}`) && found.name === name);
    assert.ok(place('Function', 'ramp-to-hub') < place('Subscription', 'ramp-to-hub-quakes-detected'));
    assert.ok(place('Topic', 'hub') < place('Subscription', 'hub-to-warehouse'));
  });

  it('gives assets as plain data', async () => {
    const { resources } = await record(provider, () => {
      const { AssetArchive, FileAsset, StringAsset } = pulumi.asset;
      const source = new AssetArchive({ a: new StringAsset('text'), b: new FileAsset('/some/file') });
      new gcp.storage.BucketObject('object', { bucket: 'bucket', source });
    });
    assert.deepEqual(resources.at(-1)?.inputs, {
      bucket: 'bucket',
      source: { assets: { a: { text: 'text' }, b: { path: '/some/file' } } },
    });
  });

  it('rejects with what the program throws, and can go on after that', async () => {
    const topic = () => new gcp.pubsub.Topic('topic', { name: 'topic' });
    const failing = record(provider, () => {
      topic();
      throw new Error('no such thing');
    });
    await assert.rejects(failing, /no such thing/);
    assert.equal((await record(provider, topic)).resources.length, 2);
  });

  // In a process of its own: the test runner would take the rejections for the test's.
  it('rejects with what fails inside a resource, and leaves the process alive', () => {
    const script = `
      import * as gcp from '@pulumi/gcp';
      import * as pulumi from '@pulumi/pulumi';
      import { record } from './infra/record.ts';
      const provider = (type, name) => ({ id: name, outputs: {} });
      const topic = name => new gcp.pubsub.Topic('topic', { name });
      const print = error => console.log(error.message);
      await record(provider, () => topic(pulumi.output('a').apply(() => { throw new Error('no such name'); }))).catch(print);
      await record(provider, () => topic(gcp.organizations.getProjectOutput({}).number)).catch(print);
      console.log((await record(provider, () => topic('topic'))).resources.length);
    `;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: root,
      encoding: 'utf8',
    });
    const [inner, call, count] = stdout.split('\n');
    assert.match(inner ?? '', /no such name/);
    assert.match(call ?? '', /asks the provider for gcp:organizations\/getProject/);
    assert.equal(count, '2');
  });
});
