import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type DescMessage, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { dynamicSchema, generatedSchema } from '../../../../client/schema/message-schema.ts';
import { schemaVersion, selfContained } from '../../../../functions/core/schema/descriptor-set.ts';
import { compileProto } from '../../../support/compile-proto.ts';
import { MoneySchema } from './gen/acme/v1/base_pb.js';
import { EditionSchema } from './gen/acme/v1/edition_pb.js';
import { Event_Kind, EventSchema } from './gen/acme/v1/event_pb.js';

const folder = join(import.meta.dirname, 'proto');
const files = Object.fromEntries(
  globSync('**/*.proto', { cwd: folder }).map(path => [path, readFileSync(join(folder, path), 'utf8')]),
);
const compiled = compileProto(files);

const versionOf = (sources: Readonly<Record<string, string>>, name: string) =>
  schemaVersion(selfContained(compileProto(sources), name));

describe('the version that generated code claims', () => {
  for (const schema of [MoneySchema, EventSchema, EditionSchema] as DescMessage[]) {
    it(`is the registry’s for ${schema.typeName}`, () => {
      const published = selfContained(compiled, schema.typeName);
      assert.equal(generatedSchema(schema).version, schemaVersion(published));
    });
  }

  it('is another one when a field is added', () => {
    const event = files['acme/v1/event.proto']!.replace('reserved 9', 'string added = 11;\n  reserved 9');
    const changed = versionOf({ ...files, 'acme/v1/event.proto': event }, 'acme.v1.Event');
    assert.notEqual(changed, generatedSchema(EventSchema).version);
  });

  it('is another one when an option changes that is kept at run time, or one in an import', () => {
    const { version } = generatedSchema(EventSchema);
    for (const [path, from, to] of [
      ['acme/v1/event.proto', 'column = "uid"', 'column = "user"'],
      ['acme/v1/base.proto', 'json_name="cur"', 'json_name="currency"'],
    ] as const) {
      const text = files[path]!.replace(from, to);
      assert.notEqual(text, files[path]);
      assert.notEqual(versionOf({ ...files, [path]: text }, 'acme.v1.Event'), version);
    }
  });

  it('does not depend on comments, options for the source, options for generators, or the edition of Onramp’s options', () => {
    const { version } = generatedSchema(EventSchema);
    const event = files['acme/v1/event.proto']!;
    for (const text of [
      event.replace('// whose', '// of whom'),
      event.replace('note = "src"', 'note = "other"'),
      event.replace('com.acme', 'com.other'),
    ]) {
      assert.notEqual(text, event);
      assert.equal(versionOf({ ...files, 'acme/v1/event.proto': text }, 'acme.v1.Event'), version);
    }
    const ramp = `syntax = "proto3"; import "onramp/options.proto"; message M { string a = 1 [(onramp.field).pii = "x"]; }`;
    const options = (more: string) =>
      `syntax = "proto3"; package onramp; import "google/protobuf/descriptor.proto"; message Field { string pii = 6; ${more} }
       extend google.protobuf.FieldOptions { Field field = 50700; }`;
    const [older, newer] = ['', 'string more = 7;'].map(more =>
      versionOf({ 'm.proto': ramp, 'onramp/options.proto': options(more) }, 'M'),
    );
    assert.equal(newer, older);
  });
});

describe('dynamicSchema', () => {
  it('takes a whole compiled tree or what the registry holds, with the same version', () => {
    const whole = dynamicSchema(toBinary(FileDescriptorSetSchema, compiled), 'acme.v1.Event');
    const published = dynamicSchema(selfContained(compiled, 'acme.v1.Event'), 'acme.v1.Event');
    assert.equal(whole.version, published.version);
    assert.equal(whole.version, generatedSchema(EventSchema).version);
  });

  it('makes the bytes that generated code makes', () => {
    const dynamic = dynamicSchema(selfContained(compiled, 'acme.v1.Event'), 'acme.v1.Event');
    const bytes = dynamic.encode({
      user_id: 'u',
      money: { cur: 'EUR', units_2x: '9007199254740993' },
      occurredAt: new Date(1_700_000_000_123),
      b: Uint8Array.of(1, 2),
      by_name: { x: { units2x: 5 } },
      kind: 'KIND_X',
      nested: [{ x_y_1z: 'n' }],
    });
    const generated = generatedSchema(EventSchema).encode({
      userId: 'u',
      money: { currencyCode: 'EUR', units2x: 9007199254740993n },
      occurredAt: { seconds: 1_700_000_000n, nanos: 123_000_000 },
      what: { case: 'b', value: Uint8Array.of(1, 2) },
      byName: { x: { units2x: 5n } },
      kind: Event_Kind.X,
      nested: [{ xY1z: 'n' }],
    });
    assert.deepEqual(bytes, generated);
  });

  it('refuses what is no descriptor set, and a message that is not in it', () => {
    const bytes = selfContained(compiled, 'acme.v1.Event');
    assert.throws(() => dynamicSchema(Buffer.from('nonsense'), 'acme.v1.Event'), { code: 'SCHEMA_UNREADABLE' });
    assert.throws(() => dynamicSchema(bytes, 'acme.v1.Other'), { code: 'SCHEMA_MESSAGE_MISSING' });
  });
});

describe('generatedSchema', () => {
  it('refuses a value that the compiler cannot see to be wrong', () => {
    const schema = generatedSchema(EventSchema);
    assert.throws(() => schema.encode({ maybe: 2 ** 40 }), { code: 'PUBLISH_MESSAGE_INVALID', message: /maybe/ });
    assert.equal(fromBinary(EventSchema, schema.encode({ userId: 'u' })).userId, 'u');
  });
});
