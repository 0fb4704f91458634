import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { nameProblem } from '../../functions/core/names.ts';
import { type Inventory, renderStack } from '../../infra/render.ts';
import { nameInputs, ofType, project, root } from '../support/example-stack.ts';

const services = 200;
const rampsPerService = 3;

/** Ids as long as they may be, which differ at their ends only. */
const longId = (start: string, number: number) => `${start}${String(number).padStart(63 - start.length, '0')}`;

const folder = mkdtempSync(join(tmpdir(), 'onramp-scale-'));
after(() => rmSync(folder, { recursive: true }));

describe(`a stack of ${services} services with ${rampsPerService} ramps each`, () => {
  let stack: Inventory;
  let seconds: number;
  before(async () => {
    for (const path of ['buf.yaml', 'proto']) cpSync(join(root, path), join(folder, path), { recursive: true });
    for (let number = 0; number < services; number += 1) {
      const service = longId('service-', number);
      mkdirSync(join(folder, 'services', service), { recursive: true });
      const ramps = Array.from(
        { length: rampsPerService },
        (_, ramp) => `  ${longId('ramp-', ramp)}: ${settings(ramp)}`,
      );
      const yaml = [
        'version: 1',
        `owner: team-${number}@example.com`,
        `project: acme-service-${number}`,
        `publishers: [serviceAccount:api@acme-service-${number}.iam.gserviceaccount.com]`,
        'readers: [group:analysts@example.com]',
        'ramps:',
        ...ramps,
      ];
      writeFileSync(join(folder, 'services', service, 'service.yaml'), `${yaml.join('\n')}\n`);
    }
    // The processor's time, which other tests that run at the same time do not stretch.
    const started = process.cpuUsage();
    stack = await renderStack({ root: folder, project });
    const { user, system } = process.cpuUsage(started);
    seconds = (user + system) / 1_000_000;
  });

  it('renders in under 10 seconds', context => {
    context.diagnostic(`${stack.resources.length} resources in ${seconds.toFixed(1)} s of processor time`);
    assert.ok(seconds < 10, `${seconds} s`);
  });

  it('has a topic, a subscription and a publisher for every ramp, and a dataset for every service', () => {
    const ramps = services * rampsPerService;
    const named = (type: string, prefix: string) =>
      ofType(stack, type).filter(({ name }) => name.startsWith(prefix)).length;
    assert.equal(named('Topic', 'ramp-'), ramps);
    assert.equal(named('Subscription', 'ramp-to-hub-'), ramps);
    assert.equal(named('TopicIAMMember', 'serviceAccount:api@'), ramps);
    assert.equal(named('Dataset', 'service_'), services);
  });

  it('gives every resource a name of its own, within the limits of its product', () => {
    for (const [type, [kind, key]] of Object.entries(nameInputs)) {
      const names = ofType(stack, type).map(({ inputs }) => String(inputs[key]));
      assert.equal(new Set(names).size, names.length, type);
      for (const name of names) assert.equal(nameProblem(kind, name), undefined);
    }
    const urns = stack.resources.map(({ type, name }) => `${type} ${name}`);
    assert.equal(new Set(urns).size, urns.length);
  });

  it('gives the warehouse one grant for each dataset', () => {
    const grants = ofType(stack, 'DatasetIamMember').filter(({ name }) => name.startsWith('hub-to-warehouse '));
    assert.equal(new Set(grants.map(({ inputs }) => inputs['datasetId'])).size, services);
  });
});

/** Every ramp but the last has a table. */
const settings = (ramp: number) => (ramp < rampsPerService - 1 ? '{ schema: flights.v1.Departure }' : '{}');
