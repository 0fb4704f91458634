import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PiiClasses } from '../../../../../functions/core/catalogue.ts';
import type { Column } from '../../../../../functions/core/schema/column.ts';
import { loadSchema, selfContained } from '../../../../../functions/core/schema/descriptor-set.ts';
import { tableFields } from '../../../../../functions/core/schema/table-schema.ts';
import { compileWithOptions } from '../../../../support/with-options.ts';

const tag = (number: number) => `projects/p/locations/l/taxonomies/1/policyTags/${number}`;

const classes: PiiClasses = {
  email: { mask: 'hmac', policyTag: tag(1) },
  secret: { mask: 'drop' },
  name: { mask: 'truncate', truncate: 2 },
  birth: { mask: 'truncate', truncate: 1 },
  open: { mask: 'none', policyTag: tag(2) },
};

function columnsOf(body: string, pii: PiiClasses = classes): readonly Column[] {
  return loadSchema(selfContained(compileWithOptions(body), 't.M'), 't.M', { pii }).columns;
}

/** A column in one line: type, mask and class, its fields in brackets, `*` when it is repeated. */
function outline({ type, mode, mask, pii, truncate, fields }: Column): string {
  const masked = mask === undefined ? '' : ` ${mask}${truncate === undefined ? '' : ` ${truncate}`}`;
  const nested = fields === undefined ? '' : ` {${fields.map(field => `${field.name}: ${outline(field)}`).join(', ')}}`;
  return `${type}${mode === 'REPEATED' ? '*' : ''}${masked}${pii === undefined ? '' : ` (${pii})`}${nested}`;
}

const outlines = (columns: readonly Column[]) =>
  Object.fromEntries(columns.map(column => [column.name, outline(column)]));

describe('the columns of personal data', () => {
  const columns = columnsOf(`
    message M {
      string mail = 1 [(onramp.field).pii = "email"];
      string card = 2 [(onramp.field).pii = "secret"];
      string name = 3 [(onramp.field).pii = "name"];
      int64 size = 4 [(onramp.field).pii = "name"];
      google.protobuf.Timestamp born = 5 [(onramp.field).pii = "birth"];
      string nick = 6 [(onramp.field).pii = "open"];
      string nobody = 7 [(onramp.field).pii = "constructor"];
      string own = 8 [(onramp.field) = { pii: "email" mask: MASK_NONE policy_tag: "${tag(9)}" }];
      string longer = 9 [(onramp.field) = { pii: "name" truncate: 7 }];
      bytes raw = 10 [(onramp.field).pii = "name"];
      repeated int32 numbers = 11 [(onramp.field).pii = "email"];
      map<int32, string> by_number = 12 [(onramp.field).pii = "email"];
      map<string, string> by_name = 13 [(onramp.field).pii = "name"];
      google.protobuf.Struct free = 14 [(onramp.field).pii = "name"];
      google.protobuf.Struct gone = 15 [(onramp.field).pii = "secret"];
      Person whole = 16 [(onramp.field).pii = "email"];
      Person milder = 17 [(onramp.field).pii = "open"];
      Person person = 18;
      Person as_json = 19 [(onramp.field).type = TYPE_JSON];
      Hidden hidden = 20;
      Public plain_json = 21 [(onramp.field).type = TYPE_JSON];
      map<string, Hidden> hidden_by_name = 22;
      google.protobuf.StringValue wrapped = 23 [(onramp.field).pii = "name"];
      int64 at = 24 [(onramp.field) = { type: TYPE_TIMESTAMP_MILLIS pii: "birth" }];
      Secrets secrets = 25 [(onramp.field).type = TYPE_JSON];
      map<string, Secrets> secrets_by_name = 26 [(onramp.field).type = TYPE_JSON];
    }
    message Person {
      string name = 1 [(onramp.field).pii = "name"];
      string pin = 2 [(onramp.field).pii = "secret"];
      int32 age = 3;
      Person friend = 4;
    }
    message Hidden { string a = 1 [(onramp.field).ignore = true]; }
    message Public { string a = 1 [(onramp.field).pii = "open"]; string b = 2 [(onramp.field) = { ignore: true pii: "email" }]; }
    message Secrets { string a = 1; Deep deep = 2; }
    message Deep { string mail = 1 [(onramp.field).pii = "email"]; string name = 2 [(onramp.field).pii = "name"]; }
  `);

  it('are masked as the field says, or else its class, or else by HMAC', () => {
    assert.deepEqual(outlines(columns), {
      mail: 'STRING hmac (email)',
      name: 'STRING truncate 2 (name)',
      size: 'STRING hmac (name)',
      born: 'TIMESTAMP truncate (birth)',
      nick: 'STRING (open)',
      nobody: 'STRING hmac (constructor)',
      own: 'STRING (email)',
      longer: 'STRING truncate 7 (name)',
      raw: 'BYTES truncate 2 (name)',
      numbers: 'STRING* hmac (email)',
      by_number: 'RECORD* {key: STRING hmac (email), value: STRING hmac (email)}',
      by_name: 'RECORD* {key: STRING truncate 2 (name), value: STRING truncate 2 (name)}',
      free: 'STRING hmac (name)',
      whole: 'RECORD {name: STRING hmac (name), age: STRING hmac (email)}',
      milder: 'RECORD {name: STRING truncate 2 (name), age: INTEGER (open)}',
      person: 'RECORD {name: STRING truncate 2 (name), age: INTEGER}',
      hidden: 'BOOLEAN',
      plain_json: 'JSON',
      hidden_by_name: 'RECORD* {key: STRING, value: BOOLEAN}',
      wrapped: 'STRING truncate 2 (name)',
      at: 'TIMESTAMP truncate (birth)',
      secrets: 'STRING hmac (email, name)',
      secrets_by_name: 'STRING hmac (email, name)',
    });
  });

  it('carry the policy tag of the field, or else of its class', () => {
    const tags = Object.fromEntries(columns.flatMap(({ name, policyTag }) => (policyTag ? [[name, policyTag]] : [])));
    assert.deepEqual(tags, { mail: tag(1), nick: tag(2), own: tag(9), numbers: tag(1) });
    const fields = tableFields(columns);
    assert.deepEqual(fields.find(({ name }) => name === 'own')?.policyTags, { names: [tag(9)] });
    assert.deepEqual(fields.find(({ name }) => name === 'by_number')?.fields?.[1]?.policyTags, { names: [tag(1)] });
    assert.equal(fields.find(({ name }) => name === 'name')?.policyTags, undefined);
  });

  it('say in their descriptions how they are masked', () => {
    const notes = Object.fromEntries(columns.map(({ name, description }) => [name, description]));
    assert.equal(notes['mail'], 'Masked by HMAC.');
    assert.equal(notes['name'], 'The first 2 characters.');
    assert.equal(notes['raw'], 'The first 2 bytes.');
    assert.equal(notes['born'], 'Its day.');
  });

  it('are masked by HMAC where nothing describes the class', () => {
    const [mail] = columnsOf('message M { string mail = 1 [(onramp.field).pii = "email"]; }', {});
    assert.equal(mail && outline(mail), 'STRING hmac (email)');
  });

  it('are masked within a message that contains itself, whose JSON is masked as a whole', () => {
    const body = (mask: string) =>
      `message M { string mail = 1 [(onramp.field) = { pii: "x" mask: ${mask} }]; M next = 2; map<string, M> all = 3; }`;
    assert.deepEqual(outlines(columnsOf(body('MASK_HMAC'))), {
      mail: 'STRING hmac (x)',
      next: 'STRING hmac (x)',
      all: 'RECORD* {key: STRING, value: STRING hmac (x)}',
    });
    assert.deepEqual(outlines(columnsOf(body('MASK_DROP'))), {});
    assert.deepEqual(outlines(columnsOf(body('MASK_NONE'))), {
      mail: 'STRING (x)',
      next: 'JSON',
      all: 'RECORD* {key: STRING, value: JSON}',
    });
  });

  it('are masked where a message nests too deep for columns', () => {
    const levels = Array.from(
      { length: 17 },
      (_, n) => `message L${n} { L${n + 1} next = 1; map<string, L${n + 1}> all = 2; }`,
    );
    const [m] = columnsOf(`message M { L12 next = 1; } ${levels.join('\n')}
      message L17 { string mail = 1 [(onramp.field).pii = "email"]; }`);
    assert.ok(m);
    // Few enough levels for columns: the leaf is masked.
    assert.match(outline(m), /mail: STRING hmac \(email\)/);
    const deep = columnsOf(`message M { L0 next = 1; } ${levels.map(level => level.replace(/ map.*;/, '')).join('\n')}
      message L17 { string mail = 1 [(onramp.field).pii = "email"]; }`);
    let [leaf] = deep;
    while (leaf?.fields !== undefined) [leaf] = leaf.fields;
    assert.equal(leaf && outline(leaf), 'STRING hmac (email)');
    assert.equal(leaf?.protoType, 't.L14');
  });
});
