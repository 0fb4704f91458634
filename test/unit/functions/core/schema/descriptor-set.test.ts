import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { OnrampError } from '../../../../../functions/core/errors.ts';
import { loadSchema, schemaVersion, selfContained } from '../../../../../functions/core/schema/descriptor-set.ts';
import { compileProto } from '../../../../support/compile-proto.ts';

const files = {
  'a/money.proto': 'syntax = "proto3"; package a; message Money { string currency = 1; int64 units = 2; }',
  'a/order.proto': `syntax = "proto3"; package a;
    import "a/money.proto"; import "google/protobuf/timestamp.proto";
    // An order.
    message Order {
      // What it costs.
      Money price = 1;
      google.protobuf.Timestamp at = 2;
    }`,
  'a/other.proto': 'syntax = "proto3"; package a; import "a/order.proto"; message Other { Order order = 1; }',
};
const set = compileProto(files);
const namesIn = (bytes: Uint8Array) => fromBinary(FileDescriptorSetSchema, bytes).file.map(file => file.name);

describe('a self-contained descriptor set', () => {
  it('holds the message’s file and what that imports, imports first, and nothing else', () => {
    assert.deepEqual(namesIn(selfContained(set, 'a.Order')), [
      'a/money.proto',
      'google/protobuf/timestamp.proto',
      'a/order.proto',
    ]);
    assert.deepEqual(namesIn(selfContained(set, 'a.Money')), ['a/money.proto']);
  });

  it('is the same whatever else was compiled, and in which order', () => {
    const reversed = create(FileDescriptorSetSchema, {
      file: [...set.file]
        .reverse()
        .sort(
          (a, b) =>
            Number(b.name.startsWith('google')) - Number(a.name.startsWith('google')) || a.name.localeCompare(b.name),
        ),
    });
    assert.deepEqual(selfContained(reversed, 'a.Order'), selfContained(set, 'a.Order'));
    const fewer = { 'a/money.proto': files['a/money.proto'], 'a/order.proto': files['a/order.proto'] };
    assert.deepEqual(selfContained(compileProto(fewer), 'a.Order'), selfContained(set, 'a.Order'));
  });

  it('stays as it is when it is made again from itself', () => {
    const bytes = selfContained(set, 'a.Order');
    assert.deepEqual(selfContained(fromBinary(FileDescriptorSetSchema, bytes), 'a.Order'), bytes);
  });

  it('keeps of the source information only the comments', () => {
    const [, , order] = fromBinary(FileDescriptorSetSchema, selfContained(set, 'a.Order')).file;
    assert.deepEqual(
      order?.sourceCodeInfo?.location.map(({ path, span, leadingComments }) => ({ path, span, leadingComments })),
      [
        { path: [4, 0], span: [], leadingComments: ' An order.\n' },
        { path: [4, 0, 2, 0], span: [], leadingComments: ' What it costs.\n' },
      ],
    );
  });

  it('is refused for a message that is not there, and for a set that lacks an import', () => {
    assert.throws(() => selfContained(set, 'a.Missing'), { code: 'SCHEMA_MESSAGE_MISSING', detail: /a\.Missing/ });
    const incomplete = create(FileDescriptorSetSchema, {
      file: set.file.filter(file => file.name !== 'a/money.proto'),
    });
    assert.throws(() => selfContained(incomplete, 'a.Order'), { code: 'SCHEMA_UNREADABLE' });
  });
});

describe('the version of a schema', () => {
  const versionOf = (changed: Partial<typeof files>) =>
    schemaVersion(selfContained(compileProto({ ...files, ...changed }), 'a.Order'));

  it('is 16 hexadecimal digits, and the same for the same schema', () => {
    assert.match(versionOf({}), /^[0-9a-f]{16}$/);
    assert.equal(versionOf({}), versionOf({}));
  });

  it('does not change with comments', () => {
    const commented = files['a/order.proto'].replace('An order', 'Something ordered');
    assert.equal(versionOf({ 'a/order.proto': commented }), versionOf({}));
  });

  it('does not change with what the compiler adds for itself', () => {
    const bare = create(FileDescriptorSetSchema, {
      file: set.file
        .map(
          file =>
            fromBinary(
              FileDescriptorSetSchema,
              toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file: [file] })),
            ).file[0],
        )
        .filter(file => file !== undefined),
    });
    for (const file of bare.file) delete file.$unknown;
    assert.ok(set.file.some(file => (file.$unknown ?? []).length > 0));
    assert.deepEqual(selfContained(bare, 'a.Order'), selfContained(set, 'a.Order'));
  });

  it('changes with a field of an import', () => {
    const more = files['a/money.proto'].replace('}', 'int32 nanos = 3; }');
    assert.notEqual(versionOf({ 'a/money.proto': more }), versionOf({}));
  });
});

describe('loading a schema', () => {
  const bytes = selfContained(set, 'a.Order');

  it('gives the message, its version, its description and its columns', () => {
    const schema = loadSchema(bytes, 'a.Order');
    assert.equal(schema.name, 'a.Order');
    assert.equal(schema.version, schemaVersion(bytes));
    assert.equal(schema.description, 'An order.');
    assert.equal(schema.message.typeName, 'a.Order');
    assert.deepEqual(
      schema.columns.map(column => column.name),
      ['price', 'at'],
    );
  });

  it('says that a message is not there', () => {
    assert.throws(() => loadSchema(bytes, 'a.Other'), { code: 'SCHEMA_MESSAGE_MISSING' });
  });

  for (const [what, corrupt] of Object.entries({
    'is no descriptor set': Buffer.from('not a descriptor set'),
    'ends in the middle': bytes.subarray(0, bytes.length - 5),
    'lacks an import': toBinary(
      FileDescriptorSetSchema,
      create(FileDescriptorSetSchema, { file: set.file.filter(file => file.name === 'a/order.proto') }),
    ),
  })) {
    it(`says that a set ${what}`, () => {
      assert.throws(() => loadSchema(corrupt, 'a.Order'), { code: 'SCHEMA_UNREADABLE' });
    });
  }

  it('never fails in another way, whatever happened to the bytes', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (position, byte) => {
        const changed = Uint8Array.from(bytes);
        changed[position] = byte;
        try {
          loadSchema(changed, 'a.Order');
        } catch (error) {
          assert.ok(error instanceof OnrampError, String(error));
        }
      }),
      { numRuns: 500 },
    );
  });
});
