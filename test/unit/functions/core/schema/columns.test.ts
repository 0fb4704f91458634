import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Column } from '../../../../../functions/core/schema/column.ts';
import { columnProblems } from '../../../../../functions/core/schema/columns.ts';
import { loadSchema, selfContained } from '../../../../../functions/core/schema/descriptor-set.ts';
import { compileProto, compileSchema } from '../../../../support/compile-proto.ts';
import { everyType } from '../../../../support/every-type.ts';

/** A column in one line: type and conversion, its fields in brackets, `*` when it is repeated. */
function outline({ type, conversion, mode, fields }: Column): string {
  const nested = fields === undefined ? '' : ` {${fields.map(field => `${field.name}: ${outline(field)}`).join(', ')}}`;
  return `${type} ${conversion}${mode === 'REPEATED' ? '*' : ''}${nested}`;
}

const outlines = (columns: readonly Column[]) =>
  Object.fromEntries(columns.map(column => [column.name, outline(column)]));

const proto = (body: string, syntax = 'syntax = "proto3";') => `${syntax}\npackage t;\n${body}`;

const columnsOf = (body: string, syntax?: string) => compileSchema(proto(body, syntax), 't.M').columns;

describe('the columns of a message', () => {
  const point = 'RECORD record {x: FLOAT double, y: FLOAT double}';
  const tree =
    'RECORD record {name: STRING string, left: JSON json, others: JSON json*, ' +
    'named: RECORD map* {key: STRING string, value: JSON json}, planted: TIMESTAMP timestamp}';
  const expected: Record<string, string> = {
    an_int32: 'INTEGER int32',
    a_sint32: 'INTEGER int32',
    an_sfixed32: 'INTEGER int32',
    a_uint32: 'INTEGER uint32',
    a_fixed32: 'INTEGER uint32',
    an_int64: 'INTEGER int64',
    a_sint64: 'INTEGER int64',
    an_sfixed64: 'INTEGER int64',
    a_uint64: 'NUMERIC uint64',
    a_fixed64: 'NUMERIC uint64',
    a_float: 'FLOAT float',
    a_double: 'FLOAT double',
    a_bool: 'BOOLEAN bool',
    a_string: 'STRING string',
    a_bytes: 'BYTES bytes',
    colour: 'STRING enum',
    a_text_int64: 'INTEGER int64',
    maybe_int32: 'INTEGER int32',
    maybe_string: 'STRING string',
    maybe_colour: 'STRING enum',
    maybe_uint64: 'NUMERIC uint64',
    chosen_string: 'STRING string',
    chosen_int64: 'INTEGER int64',
    chosen_point: point,
    chosen_wrapper: 'INTEGER int64',
    chosen_struct: 'JSON json',
    ints: 'INTEGER int32*',
    uint64s: 'NUMERIC uint64*',
    strings: 'STRING string*',
    colours: 'STRING enum*',
    points: 'RECORD record* {x: FLOAT double, y: FLOAT double}',
    doubles: 'FLOAT double*',
    times: 'TIMESTAMP timestamp*',
    wrapped_strings: 'STRING string*',
    structs: 'JSON json*',
    empties: 'BOOLEAN presence*',
    text_int64s: 'INTEGER int64*',
    trees: tree.replace('RECORD record', 'RECORD record*'),
    by_string: 'RECORD map* {key: STRING string, value: INTEGER int64}',
    by_int32: 'RECORD map* {key: INTEGER int32, value: STRING string}',
    by_int64: `RECORD map* {key: INTEGER int64, value: ${point}}`,
    by_uint64: 'RECORD map* {key: NUMERIC uint64, value: FLOAT double}',
    by_bool: 'RECORD map* {key: BOOLEAN bool, value: STRING enum}',
    points_by_string: `RECORD map* {key: STRING string, value: ${point}}`,
    times_by_string: 'RECORD map* {key: STRING string, value: TIMESTAMP timestamp}',
    structs_by_string: 'RECORD map* {key: STRING string, value: JSON json}',
    wrapped_by_sfixed32: 'RECORD map* {key: INTEGER int32, value: NUMERIC uint64}',
    empties_by_string: 'RECORD map* {key: STRING string, value: BOOLEAN presence}',
    by_fixed64: 'RECORD map* {key: NUMERIC uint64, value: BYTES bytes}',
    a_timestamp: 'TIMESTAMP timestamp',
    a_duration: 'INTEGER duration',
    a_struct: 'JSON json',
    a_value: 'JSON json',
    a_list: 'JSON json',
    an_any: 'RECORD record {type_url: STRING string, value: BYTES bytes}',
    a_mask: 'STRING field-mask',
    an_empty: 'BOOLEAN presence',
    nothing: 'BOOLEAN presence',
    a_null: 'STRING enum',
    wrapped_double: 'FLOAT double',
    wrapped_float: 'FLOAT float',
    wrapped_int64: 'INTEGER int64',
    wrapped_uint64: 'NUMERIC uint64',
    wrapped_int32: 'INTEGER int32',
    wrapped_uint32: 'INTEGER uint32',
    wrapped_bool: 'BOOLEAN bool',
    wrapped_string: 'STRING string',
    wrapped_bytes: 'BYTES bytes',
    point,
    tree,
    itself: 'JSON json',
  };
  const actual = outlines(everyType.columns);
  for (const [name, column] of Object.entries(expected)) {
    it(`maps ${name} to ${column}`, () => assert.equal(actual[name], column));
  }

  it('has no other columns, and these by field number', () => {
    assert.deepEqual(Object.keys(actual), Object.keys(expected));
    const numbers = everyType.columns.map(column => column.fieldNumber ?? 0);
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => a - b),
    );
  });

  it('describes columns by the comments of the proto, and says what a column cannot show', () => {
    const of = (name: string) => everyType.columns.find(column => column.name === name)?.description;
    assert.equal(of('an_int32'), 'A 32-bit integer.');
    assert.equal(of('a_uint64'), 'Up to 2^64 - 1.');
    assert.equal(of('colour'), 'One of COLOUR_UNSPECIFIED, RED, CRIMSON, MINUS.');
    assert.equal(of('a_duration'), 'In microseconds.');
    assert.equal(of('itself'), 'JSON of test.v1.Every, which contains itself.');
    assert.equal(of('a_double'), undefined);
    assert.equal(everyType.description, 'Every kind of field.');
  });

  it('cuts a description to the 1,024 characters that BigQuery takes', () => {
    const [column] = columnsOf(`message M {\n  // ${'word '.repeat(400)}\n  int32 a = 1;\n}`);
    assert.equal(column?.description?.length, 1024);
    assert.match(column.description, /\.\.\.$/);
  });

  it('finds the comments of nested messages', () => {
    const [column] = columnsOf('message M { message A { message B {\n // Deep.\n int32 c = 1; } B b = 1; } A a = 2; }');
    assert.equal(column?.fields?.[0]?.fields?.[0]?.description, 'Deep.');
  });

  it('takes proto2 with its required fields, defaults and groups, and leaves extensions out', () => {
    const body = `message M {
      required int32 a = 1;
      optional string b = 2 [default = "x"];
      repeated group Item = 3 { optional int64 c = 1; }
      extensions 100 to 200;
    }
    extend M { optional string d = 100; }`;
    assert.deepEqual(outlines(columnsOf(body, 'syntax = "proto2";')), {
      a: 'INTEGER int32',
      b: 'STRING string',
      item: 'RECORD record* {c: INTEGER int64}',
    });
  });

  it('takes editions, with delimited messages and implicit presence', () => {
    const body = `message M {
      int32 a = 1 [features.field_presence = IMPLICIT];
      N n = 2 [features.message_encoding = DELIMITED];
    }
    message N { bool b = 1; }`;
    assert.deepEqual(outlines(columnsOf(body, 'edition = "2023";')), {
      a: 'INTEGER int32',
      n: 'RECORD record {b: BOOLEAN bool}',
    });
  });

  it('takes a message without fields, and one of the well-known types', () => {
    assert.deepEqual(columnsOf('message M {}'), []);
    const set = compileProto({
      't.proto': proto('import "google/protobuf/struct.proto"; message M { google.protobuf.Struct s = 1; }'),
    });
    const struct = loadSchema(selfContained(set, 'google.protobuf.Struct'), 'google.protobuf.Struct');
    assert.deepEqual(outlines(struct.columns), { fields: 'RECORD map* {key: STRING string, value: JSON json}' });
  });

  it('cuts messages that contain each other where the first comes again', () => {
    const columns = columnsOf('message M { N n = 1; } message N { int32 a = 1; M m = 2; repeated N ns = 3; }');
    assert.deepEqual(outlines(columns), { n: 'RECORD record {a: INTEGER int32, m: JSON json, ns: JSON json*}' });
  });

  it('nests up to 15 levels, and holds JSON below', () => {
    const levels = Array.from(
      { length: 20 },
      (_, n) => `message L${n} { L${n + 1} next = 1; map<string, L${n + 1}> named = 2; int32 a = 3; }`,
    );
    const deep = (name: string) => {
      const path: string[] = [];
      let columns: readonly Column[] | undefined = columnsOf(
        `message M { L0 next = 1; } ${levels.join(' ')} message L20 { int32 a = 1; }`,
      );
      while (columns !== undefined) {
        const column: Column | undefined = columns.find(
          candidate => candidate.name === (columns?.length === 1 ? 'next' : name),
        );
        path.push(column?.type ?? '');
        columns = column?.fields;
      }
      return path;
    };
    assert.deepEqual(deep('next'), [...Array<string>(14).fill('RECORD'), 'JSON']);
  });

  it('holds a map at the last level as one JSON column', () => {
    const levels = Array.from({ length: 14 }, (_, n) => `message L${n} { L${n + 1} next = 1; }`);
    let columns: readonly Column[] = columnsOf(
      `message M { L1 next = 1; } ${levels.slice(1).join(' ')} message L14 { map<string, int32> m = 1; repeated N ns = 2; } message N { int32 a = 1; }`,
    );
    while (columns.length === 1) columns = columns[0]?.fields ?? [];
    assert.deepEqual(outlines(columns), { m: 'JSON json', ns: 'JSON json*' });
  });

  it('gives up on a message with more columns than a table may have, and does so at once', () => {
    const others = Array.from({ length: 12 }, (_, n) => n);
    const messages = others.map(n => `message N${n} { ${others.map(o => `N${o} n${o} = ${o + 1};`).join(' ')} }`);
    const text = proto(`message M { N0 n = 1; } ${messages.join(' ')}`);
    assert.throws(() => compileSchema(text, 't.M'), { code: 'SCHEMA_TOO_WIDE' });
  });
});

describe('the names of the columns', () => {
  const namesOf = (fields: string) => columnsOf(`message M { ${fields} }`).map(column => column.name);

  it('are the fields’ own', () =>
    assert.deepEqual(namesOf('int32 userId = 1; int32 user_name = 2;'), ['userId', 'user_name']));

  it('get the number appended where they clash but for their case, and the older field keeps its name', () => {
    assert.deepEqual(namesOf('int32 USER_ID = 7; int32 user_id = 3;'), ['user_id', 'USER_ID_7']);
    assert.deepEqual(namesOf('int32 a = 1; int32 A = 2; int32 a_2 = 3;'), ['a', 'A_2', 'a_2_3']);
  });

  it('avoid what BigQuery reserves, whatever its case', () => {
    assert.deepEqual(namesOf('int32 _PARTITIONTIME = 4; int32 _table_suffix = 5; int32 __root__ = 6;'), [
      'field_PARTITIONTIME_4',
      'field_table_suffix_5',
      'field__root___6',
    ]);
  });

  it('leave Onramp’s own alone at the top, and only there', () => {
    const columns = columnsOf(
      'message M { string onramp_event_id = 3; N n = 4; } message N { string onramp_ramp = 1; }',
    );
    assert.deepEqual(
      columns.map(column => column.name),
      ['onramp_event_id_3', 'n'],
    );
    assert.equal(columns[1]?.fields?.[0]?.name, 'onramp_ramp');
  });

  it('stay within 300 characters', () => {
    const [name] = namesOf(`int32 ${'a'.repeat(301)} = 5;`);
    assert.equal(name, `${'a'.repeat(280)}_5`);
  });
});

describe('the problems of the columns', () => {
  const problemsOf = (body: string) => columnProblems(compileSchema(proto(body), 't.M').message);

  it('are none for a message that is fit for the warehouse', () => {
    assert.deepEqual(columnProblems(everyType.message), []);
  });

  it('name each field whose column cannot be called as it is', () => {
    const problems = problemsOf('message M { N n = 1; string onramp_x = 2; } message N { int32 a = 1; int32 A = 2; }');
    assert.deepEqual(problems, [
      { field: 'n.A', problem: 'another field has this name, or has it but for its case; its column is A_2' },
      { field: 'onramp_x', problem: 'names that begin with onramp_ are Onramp’s own; its column is onramp_x_2' },
    ]);
  });

  it('tell when there are too many columns', () => {
    const set = compileProto({
      't.proto': proto(
        `message M { ${Array.from({ length: 100 }, (_, n) => `N a${n} = ${n + 1};`).join(' ')} } message N { ${Array.from({ length: 100 }, (_, n) => `int32 a${n} = ${n + 1};`).join(' ')} }`,
      ),
    });
    assert.throws(() => loadSchema(selfContained(set, 't.M'), 't.M'), { code: 'SCHEMA_TOO_WIDE' });
    const nested = loadSchema(selfContained(set, 't.N'), 't.N').message.file.messages[0];
    assert.ok(nested);
    assert.deepEqual(columnProblems(nested), [
      { field: 't.M', problem: 't.M has more than 10000 columns, nested ones counted' },
    ]);
  });
});
