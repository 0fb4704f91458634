import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { parseCatalogue } from '../../functions/core/catalogue.ts';
import { loadDeclaration } from '../../infra/load.ts';
import { anchorOf } from '../../infra/observability/alert.ts';
import { alertsOf } from '../../infra/observability/alerts.ts';
import { batchAlertsOf } from '../../infra/observability/batch-alerts.ts';
import { dashboardOf } from '../../infra/observability/dashboard.ts';
import { logMetrics, metricType } from '../../infra/observability/log-metrics.ts';
import { type Inventory, renderDeclaration } from '../../infra/render.ts';
import { parseStackSettings } from '../../infra/stack-settings.ts';
import { exampleStack, input, ofType, project, root } from '../support/example-stack.ts';

const copy = mkdtempSync(join(tmpdir(), 'onramp-logs-'));
after(() => rmSync(copy, { recursive: true }));
for (const path of ['buf.yaml', 'proto', 'services']) cpSync(join(root, path), join(copy, path), { recursive: true });
const filter = 'resource.labels.container_name="web"';
for (const [service, own] of [
  ['near', ''],
  ['far', 'project: acme-far\n'],
] as const) {
  mkdirSync(join(copy, 'services', service));
  const ramps = `ramps:\n  clicks:\n    logs: { filter: '${filter}', payload: base64, field: body }\n  other: {}\n`;
  writeFileSync(join(copy, 'services', service, 'service.yaml'), `version: 1\nowner: web@example.com\n${own}${ramps}`);
}

const channel = 'projects/acme-platform/notificationChannels/42';
const settings = parseStackSettings({ project, notificationChannels: `oncall@example.com, ${channel}` });
const declared = loadDeclaration(copy, settings);
const withLogs = await renderDeclaration(declared);
const withoutExports = await renderDeclaration({ ...declared, exports: { ...declared.exports, services: [] } });

const namesOf = ({ resources }: Inventory, of = '') =>
  new Set(
    resources.map(({ type, name }) => `${type.split(':').at(-1) ?? ''} ${name}`).filter(name => name.includes(of)),
  );

describe('a ramp that takes logs', () => {
  it('has a sink, a topic and a subscription of its own, and their grants', () => {
    const added = [...namesOf(withLogs, 'near-clicks')].filter(name => !/ramp-to-hub|Topic ramp-/.test(name));
    assert.deepEqual(
      added.toSorted(),
      [
        'LogRoute logs-near-clicks',
        'ProjectSink logs-near-clicks',
        'PushSubscription log-to-ramp-near-clicks',
        'Subscription log-to-ramp-near-clicks',
        'SubscriptionIAMMember pubsub pubsub.subscriber log-to-ramp-near-clicks',
        'Topic logs-near-clicks',
        'TopicIAMMember log-to-ramp pubsub.publisher ramp-near-clicks',
        'TopicIAMMember logging pubsub.publisher logs-near-clicks',
      ].toSorted(),
    );
    assert.equal([...namesOf(withLogs, 'near-other')].filter(name => /log/.test(name)).length, 0);
  });

  it('has its sink where the service runs, which alone may write to the topic', () => {
    const [far, near] = ofType(withLogs, 'ProjectSink').toSorted((a, b) => (a.name < b.name ? -1 : 1));
    assert.ok(far && near);
    assert.equal(far.inputs['project'], 'acme-far');
    assert.equal(near.inputs['project'], project);
    for (const sink of [far, near]) {
      assert.equal(sink.inputs['filter'], filter);
      assert.equal(sink.inputs['uniqueWriterIdentity'], true);
      assert.equal(sink.inputs['destination'], `pubsub.googleapis.com/projects/${project}/topics/${sink.name}`);
      const writers = ofType(withLogs, 'TopicIAMMember').filter(({ inputs }) => inputs['topic'] === sink.name);
      assert.deepEqual(
        writers.map(({ inputs }) => inputs['member']),
        [sink.outputs['writerIdentity']],
      );
    }
  });

  it('never takes what Onramp’s own functions print', () => {
    const [far, near] = ofType(withLogs, 'ProjectSink').toSorted((a, b) => (a.name < b.name ? -1 : 1));
    assert.match(JSON.stringify(near?.inputs['exclusions']), /"log-to-ramp\\" OR \\"log-to-ramp-instance-billed/);
    assert.deepEqual(far?.inputs['exclusions'], []);
  });

  it('tells the stage where the payload is, and nothing of the filter', () => {
    const [catalogue] = withLogs.resources.filter(({ name }) => name === 'catalogue.json');
    const { ramps } = parseCatalogue(String(catalogue && input(catalogue, 'source', 'text')));
    assert.deepEqual(ramps['near/clicks']?.logs, { payload: 'base64', field: 'body' });
    assert.equal(ramps['near/other']?.logs, undefined);
  });

  it('brings the function that serves all such ramps, which is not there without any', () => {
    assert.equal(namesOf(exampleStack, 'log-to-ramp').size, 0);
    const functions = ofType(withLogs, 'Function').filter(({ name }) => name === 'log-to-ramp');
    assert.equal(functions.length, 1);
  });
});

/** Whether one of the matchers of PromQL selectors for a label lets a text through. */
function matches(query: string, label: string, text: string): boolean {
  const found = [...query.matchAll(new RegExp(`\\b${label}(=~?)"([^"]*)"`, 'g'))];
  return found.some(([, operator, value = '']) =>
    operator === '=~' ? new RegExp(`^(?:${value})$`).test(text) : value === text,
  );
}

describe('alerts', () => {
  const alerts = [...alertsOf(project), ...batchAlertsOf(project)];
  const queriesOf = (...ids: string[]) =>
    alerts.filter(({ id }) => ids.includes(id)).flatMap(({ conditions }) => conditions.map(({ query }) => query));

  it('watch the age of every subscription that a stage reads, and what is in the one that nobody reads', () => {
    const [age = ''] = queriesOf('backlog');
    const [ageOfLoads = ''] = queriesOf('loads');
    const [parked = ''] = queriesOf('parked');
    const subscriptions = ofType(withLogs, 'Subscription');
    assert.ok(subscriptions.length > 10);
    for (const { name, inputs } of subscriptions) {
      const pushed = inputs['pushConfig'] !== undefined;
      assert.equal(matches(age, 'subscription_id', name), pushed && name !== 'load', name);
      assert.equal(matches(ageOfLoads, 'subscription_id', name), name === 'load', name);
      assert.equal(matches(parked, 'subscription_id', name), !pushed, name);
    }
  });

  it('watch every function, and are patient with the one that waits for others', () => {
    for (const { name } of ofType(withLogs, 'Function')) {
      for (const query of queriesOf('function-errors')) {
        assert.equal(matches(query, 'service_name', name), name !== 'load', name);
      }
    }
    assert.ok(queriesOf('loads').some(query => matches(query, 'service_name', 'load')));
  });

  it('watch the schedule of exports, and the queue of every pool', () => {
    for (const { name } of ofType(withLogs, 'Job')) {
      assert.ok(queriesOf('planning').some(query => matches(query, 'job_id', name)));
      assert.ok(queriesOf('planning').some(query => matches(query, 'service_name', name)));
    }
    for (const queue of ofType(withLogs, 'Queue')) {
      for (const query of queriesOf('export-calls', 'pool-still', 'pool-full')) {
        assert.ok(matches(query, 'queue_id', String(queue.inputs['name'])), query);
      }
      // The metrics have no more than the queue; which function it was is in its log.
      assert.deepEqual(queue.inputs['stackdriverLoggingConfig'], { samplingRatio: 1 });
    }
  });

  it('count an attempt of a task as failed unless it was answered with a success, or is gone on with', () => {
    const [query = ''] = queriesOf('export-calls');
    const failed = /response_code!~"([^"]*)"/.exec(query)?.[1] ?? assert.fail(query);
    const isFailed = (code: string) => !new RegExp(`^(?:${failed})$`).test(code);
    for (const code of ['ok', 'OK', '200', '204', '409', 'aborted', 'ALREADY_EXISTS']) assert.ok(!isFailed(code), code);
    for (const code of ['403', '500', '503', 'unavailable', 'DEADLINE_EXCEEDED', '']) assert.ok(isFailed(code), code);
  });

  it('on exports are there with them only: without a schedule, nothing ticks', () => {
    const made = (inventory: Inventory) => ofType(inventory, 'AlertPolicy').map(({ name }) => name);
    const ofBatch = batchAlertsOf(project).map(({ id }) => id);
    assert.deepEqual(
      made(withLogs)
        .filter(name => !made(withoutExports).includes(name))
        .toSorted(),
      ofBatch.toSorted(),
    );
  });

  it('and charts use no metric from log lines that is not made', () => {
    const made = ofType(exampleStack, 'Metric').map(
      ({ inputs }) => `logging.googleapis.com/user/${String(inputs['name'])}`,
    );
    assert.deepEqual(made.toSorted(), Object.values(logMetrics).map(metricType).toSorted());
    const prefixes = made.map(type => `${type.replace('/', ':').replaceAll(/[^a-z:]/gi, '_')}_sum{`);
    const queries = [JSON.stringify(alerts), JSON.stringify(dashboardOf(project, { withExports: true }))].join('');
    const used = [...queries.matchAll(/logging_googleapis_com:user_\w+\{/g)].map(([name]) => name);
    assert.deepEqual([...new Set(used)].toSorted(), prefixes.toSorted());
  });

  it('look at the platform’s project alone, and are balanced', () => {
    const queries = alerts.flatMap(({ conditions }) => conditions.map(({ query }) => query));
    for (const query of queries) {
      const selectors = [...query.matchAll(/\{([^}]*)\}/g)];
      assert.ok(selectors.length > 0);
      for (const [, selector] of selectors) assert.match(selector ?? '', new RegExp(`project_id="${project}"`));
      assert.equal(query.split('(').length, query.split(')').length, query);
    }
  });

  it('say what they mean, what to do, and go to the channels of the stack', () => {
    const policies = ofType(withLogs, 'AlertPolicy');
    assert.deepEqual(policies.map(({ name }) => name).toSorted(), alerts.map(({ id }) => id).toSorted());
    const [mail] = ofType(withLogs, 'NotificationChannel');
    assert.deepEqual(mail?.inputs['labels'], { email_address: 'oncall@example.com' });
    for (const policy of policies) {
      const alert = alerts.find(({ id }) => id === policy.name) ?? assert.fail(policy.name);
      const content = String(input(policy, 'documentation', 'content'));
      for (const part of [alert.meaning, alert.mend, `docs/operations.md#${anchorOf(alert)}`]) {
        assert.ok(content.includes(part), policy.name);
      }
      assert.deepEqual(policy.inputs['notificationChannels'], [mail.outputs['id'], channel]);
    }
    for (const policy of ofType(exampleStack, 'AlertPolicy'))
      assert.deepEqual(policy.inputs['notificationChannels'], []);
  });
});

describe('the dashboard', () => {
  it('has its charts side by side, each on its own place', () => {
    const [found] = ofType(exampleStack, 'Dashboard');
    const { mosaicLayout } = JSON.parse(String(found?.inputs['dashboardJson'])) as ReturnType<typeof dashboardOf>;
    const taken = new Set<string>();
    for (const { xPos, yPos, width, height } of mosaicLayout.tiles) {
      assert.ok(xPos + width <= mosaicLayout.columns);
      for (let x = xPos; x < xPos + width; x += 1) {
        for (let y = yPos; y < yPos + height; y += 1) {
          assert.ok(!taken.has(`${x} ${y}`));
          taken.add(`${x} ${y}`);
        }
      }
    }
    assert.ok(taken.size > 0);
  });

  it('has charts of queues when there are exports', () => {
    const queues = (inventory: Inventory) =>
      String(ofType(inventory, 'Dashboard')[0]?.inputs['dashboardJson']).includes('cloud_tasks_queue');
    assert.ok(queues(withLogs));
    assert.ok(!queues(withoutExports));
  });
});
