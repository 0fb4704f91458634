import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DescriptorProto, FieldDescriptorProto_Label, FieldDescriptorProto_Type } from '@bufbuild/protobuf/wkt';
import { recordColumns } from '../../../../../functions/core/schema/metadata-columns.ts';
import { rowDescriptor } from '../../../../../functions/core/schema/row-descriptor.ts';
import { compileSchema } from '../../../../support/compile-proto.ts';
import { everyType } from '../../../../support/every-type.ts';
import { rowMessage } from '../../../../support/row-message.ts';

const columns = recordColumns(everyType);
const descriptor = rowDescriptor(columns);
const all = (message: DescriptorProto): DescriptorProto[] => [message, ...message.nestedType.flatMap(all)];

describe('the descriptor of a row', () => {
  it('has a field for every column, numbered by its place', () => {
    assert.deepEqual(
      descriptor.field.map(({ name, number }) => [name, number]),
      columns.map(({ name }, index) => [name, index + 1]),
    );
  });

  const expected: Record<string, [string, FieldDescriptorProto_Type]> = {
    onramp_publish_time: ['a TIMESTAMP', FieldDescriptorProto_Type.INT64],
    a_uint64: ['a NUMERIC', FieldDescriptorProto_Type.STRING],
    an_int32: ['an INTEGER', FieldDescriptorProto_Type.INT64],
    a_float: ['a FLOAT', FieldDescriptorProto_Type.DOUBLE],
    a_bool: ['a BOOLEAN', FieldDescriptorProto_Type.BOOL],
    a_bytes: ['a BYTES', FieldDescriptorProto_Type.BYTES],
    colour: ['a STRING', FieldDescriptorProto_Type.STRING],
    a_struct: ['a JSON', FieldDescriptorProto_Type.STRING],
    point: ['a RECORD', FieldDescriptorProto_Type.MESSAGE],
  };
  for (const [name, [column, type]] of Object.entries(expected)) {
    it(`writes ${column} column as ${FieldDescriptorProto_Type[type]}`, () => {
      assert.equal(descriptor.field.find(field => field.name === name)?.type, type);
    });
  }

  it('is proto2 as the server reads it: nothing required, no oneof, no option', () => {
    for (const message of all(descriptor)) {
      assert.equal(message.oneofDecl.length, 0);
      for (const field of message.field) {
        assert.ok(
          field.label === FieldDescriptorProto_Label.OPTIONAL || field.label === FieldDescriptorProto_Label.REPEATED,
        );
        assert.equal(field.proto3Optional, false);
        assert.equal(field.options, undefined);
      }
    }
  });

  it('is self-contained, its type names unique and resolved from where they are', () => {
    const names = all(descriptor).map(message => message.name);
    assert.equal(new Set(names).size, names.length);
    assert.equal(rowMessage(descriptor).fields.length, columns.length);
  });

  it('calls no type as a column is called', () => {
    const schema = compileSchema(
      'syntax = "proto3"; package t; message M { N a = 1; int32 Row_1 = 2; } message N { int32 x = 1; }',
      't.M',
    );
    const { field, nestedType } = rowDescriptor(schema.columns);
    assert.equal(field[0]?.typeName, 'Row_1_');
    assert.deepEqual(
      nestedType.map(nested => nested.name),
      ['Row_1_'],
    );
  });
});
