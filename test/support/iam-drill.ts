import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { attribute } from '../../functions/core/envelope.ts';
import { accountEmail, buckets, registryObjects, subscriptions } from '../../functions/core/names.ts';
import { waitingFolder } from '../../functions/core/waiting.ts';
import { stageIds } from '../../functions/core/wiring.ts';
import { registryBucketOf } from '../../infra/publish/registry-bucket.ts';
import { readStoredIndex, replaceIndex } from '../../infra/publish/stored-index.ts';
import type { Denial } from '../../local/iam/access-control.ts';
import type { Binding } from '../../local/iam/bindings.ts';
import { departure, payload } from './events.ts';
import { type TestCloud, until } from './local-cloud.ts';

/** https://cloud.google.com/pubsub/quotas#resource_limits */
const maxAttributes = 100;
/** What Onramp adds to a message with a schema. */
const ownAttributes = 6;

const departureSchema = 'flights.v1.Departure';

/** What it takes to see what a local cloud does without one of its grants. */
export function createDrill(test: TestCloud) {
  const { cloud, clients } = test;
  const { access, pubsub } = cloud;
  const { project } = cloud.locator;
  const declared = access.bindings();
  const topicName = (topic: string) => `projects/${project}/topics/${topic}`;
  const subscriptionName = (subscription: string) => `projects/${project}/subscriptions/${subscription}`;

  const drill = {
    declared,
    /**
     * Publishes a good event for every dataset, and two that are not of their schema: `oversized` does not fit on the hub,
     * `brimful` does, but not among the dead letters any more. Answers with their ids.
     */
    async publish() {
      const bad = (attributes: number) => ({
        data: Buffer.from('ffffffff', 'hex'),
        attributes: Object.fromEntries(Array.from({ length: attributes }, (_, n) => [`attribute-${n}`, 'x'])),
      });
      const flights = [{ data: departure(1) }, bad(maxAttributes), bad(maxAttributes - ownAttributes)];
      const [[flight, oversized, brimful], [quake]] = await Promise.all([
        pubsub.publish(topicName('ramp-flights-departures'), flights),
        pubsub.publish(topicName('ramp-quakes-detected'), [{ data: payload('quakes.v1.Quake', { id: 'q' }) }]),
      ]);
      return {
        flight: `flights/departures/${flight ?? ''}`,
        quake: `quakes/detected/${quake ?? ''}`,
        oversized: `flights/departures/${oversized ?? ''}`,
        brimful: `flights/departures/${brimful ?? ''}`,
      };
    },

    /**
     * Publishes an event that claims a version of its schema which is not published, and does not fit on the hub with one
     * more attribute. Answers with its id, and with what publishes that version.
     */
    async publishUnknown() {
      const version = randomBytes(8).toString('hex');
      const claim = { [attribute.schema]: departureSchema, [attribute.schemaVersion]: version };
      const own = Object.fromEntries(
        Array.from({ length: maxAttributes - ownAttributes }, (_, n) => [`attribute-${n}`, 'x']),
      );
      const message = { data: departure(4), attributes: { ...own, ...claim } };
      const [id] = await pubsub.publish(topicName('ramp-flights-departures'), [message]);
      const makeKnown = async () => {
        const bucket = clients.storage.bucket(buckets.registry(project));
        const registry = registryBucketOf(bucket);
        const stored = await readStoredIndex(registry, departureSchema);
        const [current] = stored.index.versions.slice(-1);
        assert.ok(current);
        const set = (of: string) => bucket.file(registryObjects.descriptorSet(departureSchema, of));
        await set(current.version).copy(set(version));
        const versions = [{ ...current, version }, ...stored.index.versions];
        assert.ok(await replaceIndex(registry, stored, { ...stored.index, versions }));
      };
      return { eventId: `flights/departures/${id ?? ''}`, makeKnown };
    },

    /** How many messages wait for a version of their schema. */
    async waiting(): Promise<number> {
      const [files] = await clients.storage.bucket(buckets.deadLetter(project)).getFiles({ prefix: waitingFolder });
      return files.length;
    },

    /** Resolves when every message is at rest or waits for another attempt. Answers with the subscriptions of the latter. */
    async answered(): Promise<string[]> {
      for (;;) {
        const backlog = pubsub.backlog().filter(({ subscription }) => !isParked(subscription));
        if (backlog.every(({ outstanding }) => outstanding === 0)) {
          return backlog.filter(({ undelivered }) => undelivered > 0).map(({ subscription }) => subscription);
        }
        await sleep(10);
      }
    },

    /**
     * Runs `work` with every grant but one. Gives it, and answers with, what has been refused meanwhile to that grant's
     * member on that grant's resource.
     */
    async without(binding: Binding, work: (refused: readonly Denial[]) => Promise<void>): Promise<readonly Denial[]> {
      const refused: Denial[] = [];
      const email = emailOf(binding);
      const stop = access.onDenied(denial => {
        if (denial.caller === email && isWithin(denial.resource, binding.resource)) refused.push(denial);
      });
      access.setBindings(declared.filter(other => other !== binding));
      try {
        await work(refused);
      } finally {
        access.setBindings(declared);
        stop();
      }
      return refused;
    },

    /** Starts the function anew that runs as an account, so that nothing it has read before helps it. */
    async restartFunctionOf(email: string): Promise<void> {
      const stage = stageIds.find(id => accountEmail(id, project) === email);
      const found = cloud.functions.find(each => each.state().name === stage);
      if (!found) return;
      const { restarts } = found.state();
      found.kill('SIGKILL');
      await until(`${String(stage)} is back`, () => {
        const state = found.state();
        return (state.status === 'ready' && state.restarts > restarts) || undefined;
      });
    },

    /**
     * Publishes a message and makes the endpoint of a subscription fail on it, so that Pub/Sub gives it up; `meanwhile`
     * begins when it is published. Answers with the event's id once the subscription has got rid of it.
     */
    async exhaust(subscription: string, meanwhile?: () => Promise<void>): Promise<string> {
      await using endpoint = await failingEndpoint();
      const [before] = await clients.subscriber.getSubscription({ subscription: subscriptionName(subscription) });
      const change = (to: object) =>
        clients.subscriber.updateSubscription({
          subscription: { ...before, ...to },
          updateMask: { paths: ['push_config', 'retry_policy', 'dead_letter_policy'] },
        });
      const backOff = { seconds: 0, nanos: 20_000_000 };
      await change({
        pushConfig: { pushEndpoint: endpoint.url },
        retryPolicy: { minimumBackoff: backOff, maximumBackoff: backOff },
        deadLetterPolicy: { ...before.deadLetterPolicy, maxDeliveryAttempts: 5 },
      });
      const eventId = `flights/departures/given-up-by-${subscription}-${randomUUID()}`;
      const attributes = {
        [attribute.ramp]: 'flights/departures',
        [attribute.eventId]: eventId,
        [attribute.publishTime]: new Date().toISOString(),
        [attribute.schema]: 'flights.v1.Departure',
      };
      await pubsub.publish(before.topic ?? '', [{ data: departure(2), attributes }]);
      await meanwhile?.();
      await until(`${subscription} is empty`, () => drill.backlogOf(subscription) === 0 || undefined);
      await change({});
      return eventId;
    },

    /** Messages of a subscription that are not acknowledged. */
    backlogOf(subscription: string): number {
      const found = pubsub.backlog().find(each => each.subscription === subscriptionName(subscription));
      return (found?.undelivered ?? 0) + (found?.outstanding ?? 0);
    },
  };
  return drill;
}

/** Answers 500 to whatever is sent to it. */
async function failingEndpoint(): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(500).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

export const emailOf = ({ member }: Binding) => member.slice(member.indexOf(':') + 1);

const isParked = (subscription: string) => subscription.endsWith(`/${subscriptions.deadLetterParked}`);

/** A folder is named with the slash at its end. */
/** A managed folder is named with a slash at its end, and holds the objects of that prefix. */
const isWithin = (resource: string, holder: string) =>
  resource === holder ||
  resource.startsWith(holder.endsWith('/') ? holder : `${holder}/`) ||
  (holder.endsWith('/') && resource.startsWith(holder.replace('/managedFolders/', '/objects/')));
