import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as pulumi from '@pulumi/pulumi';
import { parse } from 'yaml';
import { providerAnswers, providerOutputs } from '../../infra/provider-outputs.ts';
import { exampleStack, project, root } from '../support/example-stack.ts';

describe('the Pulumi program', () => {
  const pulumiYaml = parse(readFileSync(join(root, 'Pulumi.yaml'), 'utf8')) as { name: string; main: string };

  it('that the Pulumi CLI loads declares what rendering shows', async () => {
    const made: string[] = [];
    const facts = { project, region: 'asia-northeast1', projectNumber: '1', functionUri: undefined };
    const provider = providerOutputs(facts);
    pulumi.runtime.setAllConfig({ 'onramp:project': project, 'gcp:project': 'elsewhere' });
    await pulumi.runtime.setMocks(
      {
        call: ({ token }) => providerAnswers(facts)[token] ?? {},
        newResource: ({ type, name, inputs }) => {
          const { id, outputs } = provider(type, name, inputs as Record<string, unknown>);
          made.push(`${type} ${name}`);
          return { id, state: { ...(inputs as object), ...outputs } };
        },
      },
      pulumiYaml.name,
    );
    const outputs = (await import(join(root, pulumiYaml.main))) as { ramps: string[] };
    await pulumi.runtime.disconnect();
    assert.deepEqual(outputs.ramps, ['assets/images', 'flights/departures', 'quakes/detected']);
    const rendered = exampleStack.resources.map(({ type, name }) => `${type} ${name}`);
    assert.deepEqual(made.toSorted(), rendered.filter(name => !name.startsWith('pulumi:')).toSorted());
  });

  it('shows what is wrong with its settings without a stack trace', async () => {
    pulumi.runtime.setAllConfig({ 'onramp:regoin': 'x' });
    await assert.rejects(import(`${join(root, pulumiYaml.main)}?again`), (error: unknown) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.match(error.message, /onramp:project/);
      assert.match(error.message, /did you mean "region"/);
      return true;
    });
  });
});
