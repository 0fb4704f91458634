import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { generatedSchema } from '../../client/schema/message-schema.ts';
import { PaymentEventSchema } from '../../docs/examples/gen/payment/v1/payment_event_pb.js';
import { attribute } from '../../functions/core/envelope.ts';
import { errorCatalogue } from '../../functions/core/errors.ts';
import { topics } from '../../functions/core/names.ts';
import { schemaVersion, selfContained } from '../../functions/core/schema/descriptor-set.ts';
import { compileProto } from '../support/compile-proto.ts';
import { fences, pageText, root, section } from './page.ts';

const example = (name: string) => readFileSync(join(root, 'docs/examples', name), 'utf8');

/** Why a program of this name cannot be run here; undefined when it can. */
const missing = (program: string, ...args: string[]) =>
  spawnSync(program, args).error === undefined ? undefined : `${program} is not installed`;

describe('the examples of publishers', () => {
  for (const name of ['publisher.py', 'publisher.go']) {
    it(`in ${name} set the attributes that Onramp reads, on the ramp’s topic`, () => {
      const text = example(name);
      const named = new Set(Array.from(text.matchAll(/"(onramp_\w+)"/g), found => found[1]));
      assert.deepEqual([...named].toSorted(), [attribute.schema, attribute.schemaVersion]);
      assert.ok(text.includes(topics.ramp('payment', 'payment-event')));
      assert.ok(text.includes('"payment.v1.PaymentEvent"'));
    });
  }

  it('in TypeScript has the schema that the README shows', () => {
    const proto = fences(pageText('README.md')).find(({ content }) => content.includes('message PaymentEvent'));
    const set = compileProto({ 'payment/v1/payment_event.proto': proto?.content ?? '' });
    const published = schemaVersion(selfContained(set, 'payment.v1.PaymentEvent'));
    assert.equal(generatedSchema(PaymentEventSchema).version, published);
  });

  it('in Python compiles', { skip: missing('python3', '--version') }, () => {
    const source = 'import sys; compile(sys.stdin.read(), "publisher.py", "exec")';
    execFileSync('python3', ['-c', source], { input: example('publisher.py') });
  });

  it('in Go is well formed', { skip: missing('gofmt', '-h') }, () => {
    assert.equal(execFileSync('gofmt', ['-e', '-l'], { input: example('publisher.go'), encoding: 'utf8' }), '');
  });
});

describe('docs/publish.md', () => {
  const page = pageText('docs/publish.md');

  it('names every code that publishing can end with', () => {
    const codes = Object.keys(errorCatalogue).filter(code => /^(PUBLISH|SPOOL)/.test(code));
    assert.deepEqual(
      codes.filter(code => !page.includes(code)),
      [],
    );
  });

  it('has every option with its default', () => {
    const source = readFileSync(join(root, 'client/options.ts'), 'utf8');
    const declared = source.slice(0, source.indexOf('/** The options with their defaults. */'));
    const names = Array.from(declared.matchAll(/readonly (\w+)\??:/g), found => found[1] ?? '');
    const listed = Array.from(section(page, 'Options').matchAll(/^\| `(?:\w+\.)?(\w+)` \|/gm), found => found[1] ?? '');
    const groups = ['batching', 'buffer', 'spool', 'logs'];
    assert.deepEqual(listed.toSorted(), names.filter(name => !groups.includes(name)).toSorted());
  });
});
