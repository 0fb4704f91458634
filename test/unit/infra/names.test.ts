import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  accountEmail,
  buckets,
  datasets,
  limits,
  nameProblem,
  pushAccount,
  subscriptions,
  tables,
  topics,
} from '../../../functions/core/names.ts';
import { stageIds } from '../../../functions/core/wiring.ts';
import { memberProblem } from '../../../infra/config/member.ts';
import { createNameRegister } from '../../../infra/config/resource-names.ts';

const id = fc.stringMatching(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
const project = fc.stringMatching(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/).filter(name => !/google|^goog/.test(name));

describe('names that are made of valid ids', () => {
  it('are within the limits of their products', () => {
    fc.assert(
      fc.property(id, id, (service, ramp) => {
        assert.equal(nameProblem('service', service), undefined);
        assert.equal(nameProblem('ramp', ramp), undefined);
        for (const make of [...Object.values(topics), ...Object.values(subscriptions)]) {
          if (typeof make === 'function') assert.equal(nameProblem('pubsub', make(service, ramp)), undefined);
        }
        assert.equal(nameProblem('dataset', datasets.service(service)), undefined);
        assert.equal(nameProblem('table', tables.ramp(ramp)), undefined);
        assert.equal(nameProblem('table', tables.deduplicated(ramp)), undefined);
      }),
    );
  });

  it('are within the limits in every project', () => {
    fc.assert(
      fc.property(project, name => {
        assert.equal(nameProblem('project', name), undefined);
        for (const bucket of Object.values(buckets)) assert.equal(nameProblem('bucket', bucket(name)), undefined);
        assert.equal(memberProblem(`serviceAccount:${accountEmail(pushAccount, name)}`), undefined);
      }),
    );
  });

  it('differ for different ramps of one service', () => {
    fc.assert(
      fc.property(id, id, id, (service, a, b) => {
        assert.equal(tables.ramp(a) === tables.ramp(b), a === b);
        assert.equal(topics.ramp(service, a) === topics.ramp(service, b), a === b);
      }),
    );
  });
});

describe('the register of names', () => {
  // Few letters, so that names meet often.
  const short = fc.stringMatching(/^[ab](-?[ab]){0,2}$/);
  const ramps = fc.uniqueArray(fc.record({ service: short, ramp: short }), {
    maxLength: 30,
    selector: ({ service, ramp }) => `${service}/${ramp}`,
  });

  it('lets every ramp in whose names are free, and no other', () => {
    fc.assert(
      fc.property(ramps, all => {
        const register = createNameRegister();
        const taken = new Set<string>();
        for (const { service, ramp } of all) {
          // The dataset keeps services apart, as the slash keeps these parts apart.
          const names = [
            `topic ${topics.ramp(service, ramp)}`,
            `table ${datasets.service(service)}/${tables.ramp(ramp)}`,
            `table ${datasets.service(service)}/${tables.deduplicated(ramp)}`,
          ];
          const refused = register.take(service, ramp, { hasTable: true, hasLogs: false });
          assert.equal(
            refused !== undefined,
            names.some(name => taken.has(name)),
          );
          if (refused === undefined) for (const name of names) taken.add(name);
        }
      }),
    );
  });

  it('refuses what is no name of its product', () => {
    const refused = createNameRegister().take('x'.repeat(300), 'ramp', { hasTable: false, hasLogs: false });
    assert.match(refused?.what ?? '', /breaks the rule: 3 to 255 characters/);
  });
});

describe('the fixed names', () => {
  it('are within the limits of their products', () => {
    for (const stage of [...stageIds, pushAccount]) {
      assert.equal(nameProblem('account', stage), undefined);
      assert.equal(nameProblem('function', stage), undefined);
      assert.equal(nameProblem('pubsub', stage), undefined);
    }
    for (const name of [topics.hub, topics.deadLetter, topics.deadLetterParked]) {
      assert.equal(nameProblem('pubsub', name), undefined);
    }
  });
});

describe('a limit', () => {
  it('is told in the words of its rule', () => {
    for (const [kind, { rule }] of Object.entries(limits)) {
      assert.ok(nameProblem(kind as keyof typeof limits, '')?.endsWith(rule));
    }
  });
});
