import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isEmpty, makePlan } from '../../../../infra/plan/plan.ts';
import { formatPlan } from '../../../../infra/plan/plan-text.ts';
import { parseSnapshot, type Snapshot } from '../../../../infra/plan/snapshot.ts';
import { arbitrarySnapshot } from './arbitrary-snapshot.ts';

const sorted = (lines: readonly string[]) => lines.toSorted();
const grantTexts = (snapshot: Snapshot, other: Snapshot, wanted: 'add' | 'remove') =>
  sorted(
    makePlan(snapshot, other)
      .grants.filter(({ action }) => action === wanted)
      .map(({ member, role, on }) => `${member} ${role} ${on.kind} ${on.name}`),
  );
const names = (snapshot: Snapshot, other: Snapshot, ...wanted: string[]) =>
  sorted(
    makePlan(snapshot, other)
      .resources.filter(({ action }) => wanted.includes(action))
      .map(({ type, name }) => `${type} ${name}`),
  );

describe('a plan', () => {
  it('from a deployment to itself is empty', () => {
    fc.assert(
      fc.property(arbitrarySnapshot, snapshot => {
        const plan = makePlan(snapshot, parseSnapshot(JSON.stringify(snapshot)));
        assert.ok(isEmpty(plan));
        assert.deepEqual(plan.losses, []);
      }),
    );
  });

  it('removes what the plan in the other direction adds, and changes the same', () => {
    fc.assert(
      fc.property(arbitrarySnapshot, arbitrarySnapshot, (a, b) => {
        assert.deepEqual(names(a, b, 'add'), names(b, a, 'remove', 'leave'));
        assert.deepEqual(names(a, b, 'change', 'replace'), names(b, a, 'change', 'replace'));
        assert.deepEqual(grantTexts(a, b, 'add'), grantTexts(b, a, 'remove'));
      }),
    );
  });

  it('is empty for people exactly when it is for programs, and names whatever it lists', () => {
    fc.assert(
      fc.property(arbitrarySnapshot, arbitrarySnapshot, (a, b) => {
        const plan = makePlan(a, b);
        const text = formatPlan(plan);
        assert.equal(text === 'Nothing changes.\n', isEmpty(plan));
        for (const { name } of plan.resources) assert.ok(text.includes(` ${name}`));
        for (const { member } of plan.grants) assert.ok(text.includes(member));
      }),
    );
  });

  const subscription = (filter: string, ackDeadlineSeconds: number): Snapshot => ({
    version: 2,
    pins: {},
    resources: [
      {
        type: 'gcp:pubsub/subscription:Subscription',
        name: 'hub-to-warehouse',
        protect: false,
        inputs: { name: 'hub-to-warehouse', filter, ackDeadlineSeconds },
      },
    ],
    tables: {},
  });

  it('replaces a resource whose change cannot be made in place, and says what is lost with it', () => {
    const plan = makePlan(subscription('a', 60), subscription('b', 60));
    assert.deepEqual(plan.resources, [
      {
        action: 'replace',
        type: 'gcp:pubsub/subscription:Subscription',
        name: 'hub-to-warehouse',
        inputs: [{ path: 'filter', before: 'a', after: 'b' }],
        loses: 'the messages that are not acknowledged yet',
      },
    ]);
    assert.equal(plan.losses.length, 1);
    assert.equal(
      formatPlan(plan),
      `Resources
  ± Subscription hub-to-warehouse
      filter: a -> b

Lost or broken
  ! Subscription hub-to-warehouse would be deleted, with the messages that are not acknowledged yet

Resources: 1 to replace; grants: 0 to add, 0 to remove; tables: 0
`,
    );
  });

  it('changes in place whatever can be', () => {
    const { resources, losses } = makePlan(subscription('a', 60), subscription('a', 30));
    assert.deepEqual(
      resources.map(({ action, inputs }) => [action, inputs]),
      [['change', [{ path: 'ackDeadlineSeconds', before: 60, after: 30 }]]],
    );
    assert.deepEqual(losses, []);
  });

  it('leaves in place what Pulumi is told to retain', () => {
    const object = {
      type: 'gcp:storage/bucketObject:BucketObject',
      name: 'schemas/a.binpb',
      protect: false,
      retainOnDelete: true as const,
      inputs: {},
    };
    const { resources } = makePlan(
      { version: 2, resources: [object], pins: {}, tables: {} },
      { ...subscription('', 1), resources: [] },
    );
    assert.deepEqual(resources, [{ action: 'leave', type: object.type, name: object.name, inputs: [] }]);
  });
});

describe('a saved inventory', () => {
  it('is refused when it is none', () => {
    const others = ['{"version":3,"resources":[],"pins":{},"tables":{}}', '{"version":1,"resources":[],"tables":{}}'];
    for (const text of ['null', '{}', '[]', ...others, '{"version":2,"pins":{},"tables":{}}']) {
      assert.throws(() => parseSnapshot(text), /no inventory/, text);
    }
  });
});
