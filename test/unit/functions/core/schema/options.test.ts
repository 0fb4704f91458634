import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { create, createFileRegistry, type DescMessage } from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldOptionsSchema,
  type FileDescriptorSet,
  FileDescriptorSetSchema,
  MessageOptionsSchema,
} from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { loadSchema, schemaVersion, selfContained } from '../../../../../functions/core/schema/descriptor-set.ts';
import type { OptionKind } from '../../../../../functions/core/schema/option-values.ts';
import {
  fieldOptions,
  masks,
  messageOptions,
  optionShapes,
  optionsFile,
  typeOverrides,
} from '../../../../../functions/core/schema/options.ts';
import type { ColumnPins } from '../../../../../functions/core/schema/schema-index.ts';
import { compileProto } from '../../../../support/compile-proto.ts';
import { compileWithOptions, optionsProto } from '../../../../support/with-options.ts';

function messageOf(set: FileDescriptorSet, name = 't.M'): DescMessage {
  const message = createFileRegistry(set).getMessage(name);
  assert.ok(message);
  return message;
}

const optionsOf = (set: FileDescriptorSet) =>
  Object.fromEntries(messageOf(set).fields.map(field => [field.name, fieldOptions(field)]));

const everyOption = compileWithOptions(`
  message M {
    option (onramp.message) = { partition_by: "at" cluster_by: ["a", "b"] description: "A table." };
    string plain = 1;
    string whole = 2 [(onramp.field) = {
      column: "renamed" type: TYPE_NUMERIC description: "Why." pii: "email" mask: MASK_TRUNCATE truncate: 3
      policy_tag: "projects/p/locations/l/taxonomies/1/policyTags/2"
    }];
    string pieces = 3 [(onramp.field).pii = "name", (onramp.field).mask = MASK_DROP, deprecated = true];
    string ignored = 4 [(onramp.field).ignore = true];
    string empty = 5 [(onramp.field) = { ignore: false pii: "" column: "" }];
  }
`);

const expected = {
  plain: {},
  whole: {
    column: 'renamed',
    type: 'NUMERIC',
    description: 'Why.',
    pii: 'email',
    mask: 'truncate',
    truncate: 3,
    policyTag: 'projects/p/locations/l/taxonomies/1/policyTags/2',
  },
  pieces: { pii: 'name', mask: 'drop' },
  ignored: { ignore: true },
  empty: {},
};

describe('onramp/options.proto', () => {
  const set = compileProto({ [optionsFile]: optionsProto });
  const registry = createFileRegistry(set);

  it('extends the options of fields and of messages by the number that is read', () => {
    const extensions = [...registry].filter(type => type.kind === 'extension');
    assert.deepEqual(
      extensions.map(({ typeName, number, extendee, message }) => [
        typeName,
        number,
        extendee.typeName,
        message?.typeName,
      ]),
      [
        ['onramp.field', 50700, FieldOptionsSchema.typeName, 'onramp.Field'],
        ['onramp.message', 50700, MessageOptionsSchema.typeName, 'onramp.Message'],
      ],
    );
  });

  for (const [name, shape] of [
    ['onramp.Field', optionShapes.field],
    ['onramp.Message', optionShapes.message],
  ] as const) {
    it(`has the fields of ${name} that the code reads, and no others`, () => {
      const { STRING, BOOL } = FieldDescriptorProto_Type;
      const fields = messageOf(set, name).fields.map(({ name, number, proto }) => {
        const repeated = proto.label === FieldDescriptorProto_Label.REPEATED;
        const kind: OptionKind =
          proto.type === STRING ? (repeated ? 'texts' : 'text') : proto.type === BOOL ? 'flag' : 'number';
        return [name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), [number, kind]];
      });
      assert.deepEqual(Object.fromEntries(fields), shape);
    });
  }

  it('has the types and masks that the code knows', () => {
    const valuesOf = (name: string) => registry.getEnum(name)?.values.map(value => [value.number, value.name]);
    assert.deepEqual(
      valuesOf('onramp.Type'),
      typeOverrides.map((type, number) => [number, `TYPE_${type ?? 'UNSPECIFIED'}`]),
    );
    assert.deepEqual(
      valuesOf('onramp.Mask'),
      masks.map((mask, number) => [number, `MASK_${mask?.toUpperCase() ?? 'UNSPECIFIED'}`]),
    );
  });
});

describe('the options of a field', () => {
  it('are read as they were written, in one piece or in several', () => {
    assert.deepEqual(optionsOf(everyOption), expected);
  });

  it('are read from a descriptor set that does not hold the file of the options', () => {
    const [file] = everyOption.file.filter(({ name }) => name === 't.proto');
    assert.ok(file);
    const bare = create(FileDescriptorSetSchema, {
      file: [{ ...file, dependency: file.dependency.filter(name => name !== optionsFile) }],
    });
    assert.deepEqual(optionsOf(bare), expected);
  });

  it('are read where a later version of the options has more of them', () => {
    const later = optionsProto
      .replace('string column = 1;', 'string column = 1;\n  string unit = 99;\n  Mask other = 98;')
      .replace('  MASK_NONE = 4;', '  MASK_NONE = 4;\n  MASK_LATER = 77;');
    const set = compileWithOptions(
      `message M {
        string a = 1 [(onramp.field) = { unit: "km" column: "b" other: MASK_LATER }];
        string c = 2 [(onramp.field) = { pii: "email" mask: MASK_LATER }];
      }`,
      later,
    );
    const { a, c } = optionsOf(set);
    assert.deepEqual(a, { column: 'b' });
    assert.deepEqual(c, { pii: 'email', mask: 'hmac', problems: ['mask is 77, which is none'] });
  });

  it('are without what is wrong, and say so', () => {
    const set = compileWithOptions(`message M {
      string a = 1 [(onramp.field).column = "not a name"];
      string b = 2 [(onramp.field) = { mask: MASK_HMAC }];
      string c = 3 [(onramp.field).policy_tag = "secret"];
      string d = 4 [(onramp.field) = { pii: "x" truncate: 4294967295 }];
    }`);
    const { a, b, c, d } = optionsOf(set);
    assert.equal(a?.column, undefined);
    assert.match(a?.problems?.[0] ?? '', /^column is "not a name"/);
    assert.deepEqual(b, { mask: 'hmac', problems: ['mask is given, but no pii class'] });
    assert.equal(c?.policyTag, undefined);
    assert.match(c?.problems?.[0] ?? '', /^policy_tag is "secret"/);
    assert.deepEqual(d, { pii: 'x', problems: ['truncate is more than 2147483647'] });
  });

  /** A field of which the options' bytes are as given, behind their tag. */
  function withBytes(data: readonly number[], wireType = 2): DescMessage {
    const $unknown = [{ no: 50700, wireType, data: Uint8Array.from(data) }];
    const set = create(FileDescriptorSetSchema, {
      file: [
        {
          name: 't.proto',
          syntax: 'proto3',
          package: 't',
          messageType: [
            {
              name: 'M',
              options: Object.assign(create(MessageOptionsSchema), { $unknown }),
              field: [
                {
                  name: 'f',
                  number: 1,
                  label: FieldDescriptorProto_Label.OPTIONAL,
                  type: FieldDescriptorProto_Type.STRING,
                  options: Object.assign(create(FieldOptionsSchema), { $unknown }),
                },
              ],
            },
          ],
        },
      ],
    });
    return messageOf(set);
  }

  for (const [what, data, wireType] of [
    ['cut short', [5, 0x2a, 9, 0x61]],
    ['of a wrong wire type within', [2, 0x28, 1]],
    ['no message', [1], 0],
    ['not UTF-8', [3, 0x2a, 1, 0xff]],
    ['without end', [2, 0x0a, 0xff]],
  ] as const) {
    it(`make the field masked when their bytes are ${what}`, () => {
      const [field] = withBytes(data, wireType).fields;
      assert.ok(field);
      const { mask, problems } = fieldOptions(field);
      assert.equal(mask, 'hmac');
      assert.match(problems?.[0] ?? '', /^onramp.field cannot be read: /);
    });
  }

  it('never throw, whatever bytes they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), bytes => {
        const message = withBytes([bytes.length, ...bytes]);
        const [field] = message.fields;
        assert.ok(field);
        const { problems, mask } = fieldOptions(field);
        if (problems?.some(problem => problem.includes('cannot be read'))) assert.equal(mask, 'hmac');
        messageOptions(message);
      }),
      { numRuns: 500 },
    );
  });

  it('of a message are none when their bytes are wrong', () => {
    const { problems, ...rest } = messageOptions(withBytes([2, 0x08, 1]));
    assert.deepEqual(rest, {});
    assert.match(problems?.[0] ?? '', /^onramp.message cannot be read: /);
  });
});

describe('the options of a message', () => {
  it('are read as they were written', () => {
    const message = messageOf(everyOption);
    assert.deepEqual(messageOptions(message), { partitionBy: 'at', clusterBy: ['a', 'b'], description: 'A table.' });
  });

  it('describe the table and its layout', () => {
    const schema = loadSchema(selfContained(everyOption, 't.M'), 't.M');
    assert.equal(schema.description, 'A table.');
    assert.deepEqual(schema.layout, { partitionBy: 'at', clusterBy: ['a', 'b'] });
  });
});

describe('the column that an option names', () => {
  const columnsOf = (body: string, pins?: ColumnPins) =>
    loadSchema(selfContained(compileWithOptions(body), 't.M'), 't.M', { pins }).columns.map(({ name }) => name);

  it('takes no name that another field has', () => {
    const body =
      'message M { string a = 1; string b = 2 [(onramp.field).column = "A"]; string c = 3 [(onramp.field).ignore = true]; string d = 4 [(onramp.field).column = "c"]; }';
    assert.deepEqual(columnsOf(body), ['a', 'A_2', 'c']);
  });

  it('is not taken where the field was given another one before', () => {
    const body = 'message M { string a = 1 [(onramp.field).column = "b"]; int32 n = 2; }';
    assert.deepEqual(columnsOf(body, { 1: [{ type: 'STRING', column: 'first' }] }), ['first', 'n']);
  });

  it('is a recovery column where a mask changes the type of one that exists', () => {
    const body = 'message M { int32 n = 1 [(onramp.field).pii = "p"]; }';
    assert.deepEqual(columnsOf(body, { 1: [{ type: 'INTEGER', column: 'n' }] }), ['n_2']);
  });
});

describe('the version of a schema with options', () => {
  const version = (set: FileDescriptorSet) => schemaVersion(selfContained(set, 't.M'));
  const body = 'message M { string a = 1 [(onramp.field).pii = "email"]; }';

  it('stays when the file of the options grows', () => {
    const grown = optionsProto.replace('string column = 1;', 'string column = 1;\n  string unit = 99;');
    assert.equal(version(compileWithOptions(body, grown)), version(compileWithOptions(body)));
  });

  it('is another when an option of its own is another', () => {
    assert.notEqual(version(compileWithOptions(body.replace('email', 'name'))), version(compileWithOptions(body)));
  });
});
