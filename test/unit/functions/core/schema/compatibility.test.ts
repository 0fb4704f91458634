import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareSchemas } from '../../../../../functions/core/schema/compatibility.ts';
import type { Schema } from '../../../../../functions/core/schema/descriptor-set.ts';
import { loadSchema, selfContained } from '../../../../../functions/core/schema/descriptor-set.ts';
import { pinsWith } from '../../../../../functions/core/schema/pins.ts';
import { compileProto } from '../../../../support/compile-proto.ts';
import { optionsProto } from '../../../../support/with-options.ts';

const others = `
message Point { double x = 1; }
message Tree { string name = 1; Tree left = 2; }
enum Kind { KIND_UNSPECIFIED = 0; KIND_ONE = 1; }
enum Less { reserved 1; reserved "KIND_ONE"; LESS_UNSPECIFIED = 0; }
`;

/** All messages are compiled at once: `fields` by the message's name. */
function schemas<Name extends string>(fields: Readonly<Record<Name, string>>): (name: Name) => Schema {
  const messages = Object.entries<string>(fields).map(([name, body]) => `message ${name} {\n${body}\n}\n`);
  const set = compileProto({
    'onramp/options.proto': optionsProto,
    'test.proto':
      'syntax = "proto3";\npackage t.v1;\nimport "onramp/options.proto";\nimport "google/protobuf/duration.proto";\n' +
      `${others}${messages.join('')}`,
  });
  return name => loadSchema(selfContained(set, `t.v1.${name}`), `t.v1.${name}`);
}

const get = schemas({
  Base: 'string a = 1; int32 b = 2; Point p = 3; string mail = 4 [(onramp.field).pii = "email"];',
  Added: 'string a = 1; int32 b = 2; Point p = 3; string mail = 4 [(onramp.field).pii = "email"]; Tree more = 9;',
  Typed: 'int64 a = 1; int32 b = 2; Point p = 3; string mail = 4 [(onramp.field).pii = "email"];',
  Listed: 'repeated string a = 1; int32 b = 2; Point p = 3; string mail = 4 [(onramp.field).pii = "email"];',
  Reused: 'int32 other = 1; int32 b = 2; Point p = 3; string mail = 4 [(onramp.field).pii = "email"];',
  Renamed: 'string z = 1; int32 b = 2; Point p = 3; string mail = 4 [(onramp.field).pii = "email"];',
  Recolumned:
    'string a = 1 [(onramp.field).column = "c"]; int32 b = 2; Point p = 3; string mail = 4 [(onramp.field).pii = "email"];',
  Removed: 'int32 b = 2; Point p = 3; string mail = 4 [(onramp.field).pii = "email"];',
  Reserved: 'reserved 1; reserved "a"; int32 b = 2; Point p = 3; string mail = 4 [(onramp.field).pii = "email"];',
  Taken: 'string z = 1; int32 b = 2; Point p = 3; string mail = 4 [(onramp.field).pii = "email"]; string a = 5;',
  Clashing: 'string a = 1; int32 b = 2; Point p = 3; string mail = 4 [(onramp.field).pii = "email"]; string A = 5;',
  Named: 'string a = 1; int32 b = 2; Point p = 3; string mail = 4 [(onramp.field).pii = "email"]; string _file_x = 5;',
  Ignored:
    'string a = 1 [(onramp.field).ignore = true]; int32 b = 2; Point p = 3; string mail = 4 [(onramp.field).pii = "email"];',
  Public: 'string a = 1; int32 b = 2; Point p = 3; string mail = 4;',
  Weaker:
    'string a = 1; int32 b = 2; Point p = 3; string mail = 4 [(onramp.field) = { pii: "email", mask: MASK_NONE }];',
  Seconds: 'int64 t = 1 [(onramp.field).type = TYPE_TIMESTAMP_SECONDS];',
  Millis: 'int64 t = 1 [(onramp.field).type = TYPE_TIMESTAMP_MILLIS];',
  Kinds: 'Kind kind = 1;',
  Lesser: 'Less kind = 1;',
});

const rules = (before: Parameters<typeof get>[0], after: Parameters<typeof get>[0]) => {
  const schema = get(before);
  return compareSchemas({ schema, pins: pinsWith({}, schema.columns) }, get(after)).map(({ rule, at, what }) => ({
    rule,
    at: at.replace('t.v1.', ''),
    what,
  }));
};
const only = (before: Parameters<typeof get>[0], after: Parameters<typeof get>[0]) => {
  const [finding, ...more] = rules(before, after);
  assert.ok(finding !== undefined && more.length === 0, JSON.stringify([finding, ...more]));
  return finding;
};

describe('the warehouse’s rules', () => {
  it('have nothing to say of no change, or of a first version', () => {
    assert.deepEqual(rules('Base', 'Base'), []);
    assert.deepEqual(compareSchemas(undefined, get('Base')), []);
  });

  it('note where an added message that contains itself becomes JSON', () => {
    const { rule, at } = only('Base', 'Added');
    assert.deepEqual([rule, at], ['NESTED_AS_JSON', 'Tree.left']);
  });

  const cases = [
    ['Typed', 'TYPE_CHANGED', 'Typed.a', /column of INTEGER, and is one of STRING; .* column a_2$/],
    ['Listed', 'CARDINALITY_CHANGED', 'Listed.a', /column of REPEATED STRING, and is one of STRING/],
    ['Reused', 'NUMBER_REUSED', 'Reused.other', /has the number of a, which is one of STRING/],
    ['Renamed', 'FIELD_RENAMED', 'Renamed.z', /was called a; its column stays a$/],
    ['Recolumned', 'FIELD_RENAMED', 'Recolumned.a', /the column of t\.v1\.Recolumned\.a was called a; it stays a$/],
    ['Removed', 'FIELD_NOT_RESERVED', 'Removed', /a = 1 is not reserved$/],
    ['Reserved', 'FIELD_REMOVED', 'Reserved', /no longer has the field a$/],
    ['Clashing', 'NAME_CLASH', 'Clashing.A', /the field A of t\.v1\.Clashing cannot have the column A/],
    ['Named', 'NAME_RESERVED', 'Named._file_x', /BigQuery reserves names that begin with _FILE_/],
    ['Ignored', 'COLUMN_DROPPED', 'Ignored.a', /the column a stays, and is NULL in new rows/],
    ['Public', 'PII_WEAKENED', 'Public.mail', /is of no class of personal data any more, and was masked by "hmac"/],
    ['Weaker', 'PII_WEAKENED', 'Weaker.mail', /is masked by "none", and was masked by "hmac"/],
  ] as const;
  for (const [after, rule, at, what] of cases) {
    it(`find ${rule} in ${after}`, () => {
      const finding = only('Base', after);
      assert.deepEqual([finding.rule, finding.at], [rule, at]);
      assert.match(finding.what, what);
    });
  }

  it('tell that a column of that name belongs to the field that had it first', () => {
    assert.deepEqual(
      rules('Base', 'Taken').map(({ rule, at }) => [rule, at]),
      [
        ['FIELD_RENAMED', 'Taken.z'],
        ['COLUMN_TAKEN', 'Taken.a'],
      ],
    );
  });

  it('tell values that change their meaning in the same column', () => {
    assert.equal(only('Seconds', 'Millis').rule, 'VALUES_CHANGED');
  });

  it('tell an enum’s values that are removed, though reserved, or renamed', () => {
    assert.deepEqual(
      rules('Kinds', 'Lesser').map(({ rule, at }) => [rule, at]),
      [
        ['ENUM_VALUE_RENAMED', 'Less.LESS_UNSPECIFIED'],
        ['ENUM_VALUE_REMOVED', 'Less'],
      ],
    );
  });
});
