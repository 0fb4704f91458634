import fc from 'fast-check';
import type { Snapshot, SnapshotResource } from '../../../../infra/plan/snapshot.ts';

const topic = 'gcp:pubsub/topic:Topic';
const bucket = 'gcp:storage/bucket:Bucket';
const grant = 'gcp:pubsub/topicIAMMember:TopicIAMMember';

const resource: fc.Arbitrary<SnapshotResource> = fc.record({
  type: fc.constantFrom(topic, bucket, grant),
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  protect: fc.boolean(),
  inputs: fc.record({
    name: fc.constantFrom('a', 'b'),
    topic: fc.constantFrom('a', 'b'),
    role: fc.constantFrom('roles/pubsub.publisher', 'roles/pubsub.subscriber'),
    member: fc.constantFrom('user:a@example.com', 'user:b@example.com'),
    labels: fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue(), { maxKeys: 3 }),
  }),
});

/** A deployment of a few resources and grants, so that two of them have some in common. */
export const arbitrarySnapshot: fc.Arbitrary<Snapshot> = fc
  .uniqueArray(resource, { selector: ({ type, name }) => `${type} ${name}`, maxLength: 8 })
  .map(resources => ({ version: 2, resources, pins: {}, tables: {} }));
