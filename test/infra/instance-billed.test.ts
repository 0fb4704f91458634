import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nameProblem } from '../../functions/core/names.ts';
import { readServices } from '../../infra/config/read-services.ts';
import { loadDeclaration } from '../../infra/load.ts';
import { computeOf } from '../../infra/policy/resource-rules.ts';
import { resourceRules, stackRules } from '../../infra/policy/rules.ts';
import { renderDeclaration } from '../../infra/render.ts';
import { parseStackSettings } from '../../infra/stack-settings.ts';
import { declaredFunctions, functionNames } from '../../local/function-specs.ts';
import { bindingsOf } from '../../local/iam/bindings.ts';
import { choosePorts } from '../../local/ports.ts';
import { exampleStack, iamMembers, input, ofType, project, root } from '../support/example-stack.ts';

const stage = 'hub-to-raw-lake';
const settings = parseStackSettings({ project, instanceBilledStages: `${stage}, ramp-to-hub, hub-to-warehouse` });
const stack = await renderDeclaration(loadDeclaration(root, settings));
const services = stack.resources.filter(({ type }) => type === 'gcp:cloudrunv2/service:Service');
const ports = await choosePorts(0, functionNames(readServices(root, undefined).exports));

describe('a stage that is billed by instance', () => {
  const service = services.find(({ name }) => name === stage);
  assert.ok(service);

  it('is a Cloud Run function in the place of its function, and no other stage is', () => {
    assert.deepEqual(services.map(({ name }) => name).toSorted(), [stage, 'hub-to-warehouse', 'ramp-to-hub']);
    assert.equal(ofType(stack, 'Function').length, ofType(exampleStack, 'Function').length - 3);
    assert.equal(input(service, 'buildConfig', 'functionTarget'), stage);
    assert.match(
      String(input(service, 'buildConfig', 'sourceLocation')),
      /^gs:\/\/acme-platform-source\/functions-\w+\.zip$/,
    );
    assert.equal(nameProblem('function', String(service.inputs['name'])), undefined);
  });

  it('has CPU for as long as it lives', () => {
    const [container] = input(service, 'template', 'containers') as { resources: { cpuIdle: boolean } }[];
    assert.equal(container?.resources.cpuIdle, false);
  });

  it('runs as the function does: account, environment, concurrency, memory and time', () => {
    const specs = (inventory: typeof stack) => declaredFunctions(inventory, ports);
    const differing = ['uri', 'service'];
    const comparable = (inventory: typeof stack) =>
      specs(inventory)
        .map(spec => Object.fromEntries(Object.entries(spec).filter(([key]) => !differing.includes(key))))
        .toSorted((a, b) => (String(a['name']) < String(b['name']) ? -1 : 1));
    assert.deepEqual(comparable(stack), comparable(exampleStack));
    const { scaling } = service.inputs['template'] as { scaling: unknown };
    const before = ofType(exampleStack, 'Function').find(({ name }) => name === stage);
    assert.ok(before);
    assert.deepEqual(scaling, {
      minInstanceCount: input(before, 'serviceConfig', 'minInstanceCount'),
      maxInstanceCount: input(before, 'serviceConfig', 'maxInstanceCount'),
    });
  });

  it('is given its secrets by their versions', () => {
    const given = declaredFunctions(stack, ports).filter(({ secrets }) => secrets.length > 0);
    assert.deepEqual(given.map(({ name }) => name).toSorted(), ['hub-to-structured-lake', 'hub-to-warehouse']);
    for (const { secrets, environment } of given) {
      assert.deepEqual(secrets, [
        { name: 'ONRAMP_MASKING_KEY_1', project, secret: 'onramp-masking-key', version: '1' },
      ]);
      assert.ok(!('ONRAMP_MASKING_KEY_1' in environment));
    }
  });

  it('is what its subscription pushes to, and what the push account may call', () => {
    const subscription = ofType(stack, 'Subscription').find(({ name }) => name === stage);
    assert.ok(subscription);
    assert.equal(input(subscription, 'pushConfig', 'oidcToken', 'audience'), service.outputs['uri']);
    const declared = declaredFunctions(stack, ports).find(({ name }) => name === stage);
    const invokers = bindingsOf(stack).filter(
      ({ role, resource }) => role === 'roles/run.invoker' && resource === declared?.service,
    );
    assert.equal(invokers.length, 1);
    assert.equal(iamMembers(stack).length, iamMembers(exampleStack).length);
  });

  it('keeps to every rule of the policy pack', () => {
    for (const rule of resourceRules) {
      for (const resource of stack.resources)
        assert.deepEqual(rule.check(resource), [], `${rule.name} ${resource.name}`);
    }
    for (const rule of stackRules) assert.deepEqual(rule.check(stack.resources), [], rule.name);
    assert.equal(computeOf(service)?.maxInstances, 20);
  });

  it('brings the repository that its image is built into, which a stack without such a stage has not', () => {
    assert.equal(ofType(stack, 'Repository').length, 1);
    assert.ok(!exampleStack.resources.some(({ type }) => type.endsWith(':Repository')));
  });
});
