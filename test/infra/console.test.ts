import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { buckets } from '../../functions/core/names.ts';
import { type Inventory, readStack, renderDeclaration } from '../../infra/render.ts';
import { shopRoot } from '../support/shop-database.ts';

const project = 'acme-platform';

describe('the console', () => {
  const configuration = shopRoot();
  let inventory: Inventory;
  before(async () => {
    const settings = { operators: 'group:operators@example.com, user:oncall@example.com' };
    inventory = await renderDeclaration(readStack({ root: configuration.root, project, settings }), {});
  });
  after(() => configuration[Symbol.dispose]());

  const inputsOf = (type: string) =>
    inventory.resources.filter(resource => resource.type.endsWith(`:${type}`)).map(({ inputs }) => inputs);

  it('is called by the operators, and by nobody else', () => {
    const invokers = inputsOf('ServiceIamMember').filter(({ name }) => name === 'console');
    assert.deepEqual(
      invokers.map(({ member, role }) => [member, role]),
      [
        ['group:operators@example.com', 'roles/run.invoker'],
        ['user:oncall@example.com', 'roles/run.invoker'],
      ],
    );
  });

  it('runs as an account of its own, which reaches no database, no secret and no table', () => {
    const account = `serviceAccount:console@${project}.iam.gserviceaccount.com`;
    const granted = inventory.resources.filter(({ inputs }) => inputs['member'] === account);
    assert.deepEqual(granted.map(({ inputs }) => String(inputs['role'])).toSorted(), [
      'roles/pubsub.publisher',
      'roles/storage.objectUser',
      'roles/storage.objectUser',
      'roles/storage.objectViewer',
      'roles/storage.objectViewer',
      'roles/storage.objectViewer',
    ]);
    const whole = granted.filter(
      ({ inputs }) => inputs['managedFolder'] === undefined && inputs['bucket'] !== undefined,
    );
    assert.deepEqual(whole.map(({ inputs }) => inputs['bucket']).toSorted(), [
      `${project}-exports`,
      buckets.registry(project),
    ]);
  });

  it('takes requests from outside, which no stage of the platform does', () => {
    const functions = inputsOf('Function') as unknown as { name: string; project: string; serviceConfig: object }[];
    const open = functions.filter(
      ({ project: where, serviceConfig }) =>
        where === project && 'ingressSettings' in serviceConfig && serviceConfig.ingressSettings === 'ALLOW_ALL',
    );
    assert.deepEqual(
      open.map(({ name }) => name),
      ['console'],
    );
  });
});
