import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import avro from 'avsc';
import { type AvroRecordSchema, avroRecord, avroSchema } from '../../../../../functions/core/schema/avro-schema.ts';
import type { Column } from '../../../../../functions/core/schema/column.ts';
import { compileSchema } from '../../../../support/compile-proto.ts';
import { everyType } from '../../../../support/every-type.ts';
import { assertGolden } from '../../../../support/golden.ts';

const schema = avroSchema(everyType);

const typeOf = (of: AvroRecordSchema, name: string) => of.fields.find(field => field.name === name)?.type;

describe('the Avro schema of a message', () => {
  it('is that of the golden file', () => {
    assertGolden(join(import.meta.dirname, 'golden/every-avro.json'), schema);
  });

  it('is the same text every time', () => {
    assert.equal(JSON.stringify(avroSchema(everyType)), JSON.stringify(schema));
  });

  it('is one that Avro libraries take, with its defaults', () => {
    avro.Type.forSchema(schema as unknown as avro.Schema);
  });

  const expected: Record<string, unknown> = {
    an_int32: ['null', 'int'],
    a_uint32: ['null', 'long'],
    an_int64: ['null', 'long'],
    a_uint64: ['null', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 9 }],
    a_float: ['null', 'float'],
    a_double: ['null', 'double'],
    a_bool: ['null', 'boolean'],
    a_string: ['null', 'string'],
    a_bytes: ['null', 'bytes'],
    colour: ['null', 'string'],
    a_timestamp: ['null', { type: 'long', logicalType: 'timestamp-micros' }],
    a_duration: ['null', 'long'],
    a_struct: ['null', { type: 'string', sqlType: 'JSON' }],
    an_empty: ['null', 'boolean'],
    ints: { type: 'array', items: 'int' },
    structs: { type: 'array', items: { type: 'string', sqlType: 'JSON' } },
    by_string: { type: 'map', values: 'long' },
    times_by_string: { type: 'map', values: { type: 'long', logicalType: 'timestamp-micros' } },
    onramp_attributes: { type: 'map', values: 'string' },
  };
  for (const [name, type] of Object.entries(expected)) {
    it(`gives ${name} the type ${JSON.stringify(type)}`, () => assert.deepEqual(typeOf(schema, name), type));
  }

  it('makes an array of key and value of a map whose keys are no strings', () => {
    const type = typeOf(schema, 'by_int32') as { type: string; items: AvroRecordSchema };
    assert.equal(type.type, 'array');
    assert.deepEqual(
      type.items.fields.map(({ name, type: of }) => [name, of]),
      [
        ['key', ['null', 'int']],
        ['value', ['null', 'string']],
      ],
    );
  });

  it('keeps what the proto said: message, version, field numbers, types and comments', () => {
    assert.equal(schema['proto.message'], 'test.v1.Every');
    assert.equal(schema['proto.version'], everyType.version);
    assert.equal(schema['doc'], 'Every kind of field.');
    const field = (name: string) => schema.fields.find(candidate => candidate.name === name);
    assert.equal(field('a_fixed64')?.['proto.field'], 10);
    assert.equal(field('a_fixed64')?.['proto.type'], 'fixed64');
    assert.equal(field('colour')?.['proto.enum'], 'test.v1.Colour');
    assert.equal(field('an_int32')?.doc, 'A 32-bit integer.');
  });

  it('names every record differently, and legally for BigQuery', () => {
    const text = JSON.stringify(
      avroSchema(
        compileSchema(
          'syntax = "proto3"; package t; message M { A a = 1; B a_b = 2; } message A { B b = 1; } message B { int32 x = 1; }',
          't.M',
        ),
      ),
    );
    const names = [...text.matchAll(/"type":"record","name":"([^"]+)"/g)].map(match => match[1]);
    assert.deepEqual(names, ['t_M', 't_M_a', 't_M_a_b', 't_M_a_b_2']);
  });

  it('takes any columns, such as those of a raw record', () => {
    const column: Column = { name: 'payload', type: 'BYTES', mode: 'NULLABLE', conversion: 'bytes' };
    assert.deepEqual(avroRecord('raw', [column]), {
      type: 'record',
      name: 'raw',
      fields: [{ name: 'payload', type: ['null', 'bytes'], default: null }],
    });
  });
});
