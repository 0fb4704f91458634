import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { fromJson, type JsonObject, toBinary } from '@bufbuild/protobuf';
import type { ColumnPolicy } from '../../../functions/core/batch/config.ts';
import { fieldsOf, stagingFieldsOf } from '../../../functions/core/batch/load-plan.ts';
import { readPayload } from '../../../functions/core/codec/decode.ts';
import { readMasker } from '../../../functions/masking-keys.ts';
import { mariadb, mysql, postgres } from '../../support/database-kinds.ts';
import { schemaWithOptions } from '../../support/with-options.ts';
import { keySecret, maskingKey } from './support/export-fixture.ts';
import { assertInBigQuery } from './support/in-bigquery.ts';
import { type SqlSource, startSource } from './support/sql-source.ts';

const hmac = { method: 'hmac', key: keySecret } as const;
const ofClass: ColumnPolicy = { class: 'birthday', mask: { method: 'truncate', length: 4, otherwise: hmac } };
const policyTag = 'projects/acme/locations/asia-northeast1/taxonomies/12/policyTags/34';

/** The tokens of the stream, under the key that its functions have of the same version of the same secret. */
function streamTokens(fields: string, message: object): string[] {
  const { masker } = readMasker({ ONRAMP_MASKING_KEY_7: `${maskingKey.toString()}\n` });
  assert.ok(masker);
  const options = '[(onramp.field).pii = "id"]';
  const schema = schemaWithOptions(`message M { ${fields.replaceAll(';', ` ${options};`)} }`, {
    pii: { id: { mask: 'hmac' } },
  });
  const payload = toBinary(schema.message, fromJson(schema.message, message as JsonObject));
  return readPayload(schema, payload, masker).row.map(String);
}

describe('columns of personal data, of PostgreSQL', { skip: postgres.skip }, () => {
  let source: SqlSource;
  before(async () => {
    source = await startSource(postgres);
  });
  after(() => source.close());

  it('have the tokens that the stream gives the same values under the same key', async () => {
    const uuid = '00112233-4455-6677-8899-aabbccddeeff';
    const query = `SELECT 'jürgen@example.com'::text AS a, '-9007199254740993'::bigint AS b, 42::smallint AS c,
      '\\x00ff01'::bytea AS d, true AS e, '${uuid}'::uuid AS f, 'ab'::varchar(9) AS g, 18446744073709551615::numeric(20,0) AS h`;
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const columns = Object.fromEntries(names.map(name => [name, { mask: hmac }]));
    const { records } = await source.exports.export({ query, columns });
    const tokens = streamTokens(
      'string a = 1; int64 b = 2; int32 c = 3; bytes d = 4; bool e = 5; string f = 6; string g = 7; uint64 h = 8;',
      {
        ...{
          a: 'jürgen@example.com',
          b: '-9007199254740993',
          c: 42,
          d: Buffer.from('00ff01', 'hex').toString('base64'),
        },
        ...{ e: true, f: uuid, g: 'ab', h: '18446744073709551615' },
      },
    );
    assert.deepEqual(
      names.map(name => records[0]?.[name]),
      tokens,
    );
    assert.match(tokens[0] ?? '', /^v7:[\w-]{43}$/);
  });

  it('are cut by the mask of a class as the stream cuts: texts, bytes, times to their day, else by HMAC', async () => {
    const query = `SELECT 'grüße' AS text, '\\x0080808080'::bytea AS bytes, '2026-01-31 23:59:59.999999+00'::timestamptz AS at,
      '1969-12-31 00:00:00.000001'::timestamp AS before, '1984-05-06'::date AS day, 12345 AS n, 1.5::numeric AS d, ARRAY['x'] AS list`;
    const columns: Record<string, ColumnPolicy> = Object.fromEntries(
      ['text', 'bytes', 'at', 'before', 'day', 'n', 'd', 'list'].map(name => [name, { ...ofClass, policyTag }]),
    );
    // None of these may show more than the mask.
    columns['at'] = { ...ofClass, type: 'STRING', onOutOfRange: 'string' };
    const exported = await source.exports.export({ query, columns });
    const [day, n, d, list] = streamTokens('string a = 1; int32 b = 2; string c = 3; string d = 4;', {
      ...{ a: '1984-05-06', b: 12_345, c: '1.5', d: '["x"]' },
    });
    assert.deepEqual(exported.records, [
      {
        ...{ text: 'grüß', bytes: Buffer.from('00808080', 'hex'), day, n, d, list },
        ...{ at: BigInt(Date.parse('2026-01-31T00:00:00Z')) * 1000n, before: -86_400_000_000n },
      },
    ]);
    assert.deepEqual(
      exported.manifest.columns.map(({ name, type, masked, description, pii }) => [
        name,
        type,
        masked,
        description,
        pii,
      ]),
      [
        ['text', 'STRING', 'truncate', 'The first 4 characters.', 'birthday'],
        ['bytes', 'BYTES', 'truncate', 'The first 4 bytes.', 'birthday'],
        ['at', 'TIMESTAMP', 'truncate', 'Its day.', 'birthday'],
        ['before', 'DATETIME', 'truncate', 'Its day.', 'birthday'],
        ['day', 'STRING', 'hmac', 'Masked by HMAC.', 'birthday'],
        ['n', 'STRING', 'hmac', 'Masked by HMAC.', 'birthday'],
        ['d', 'STRING', 'hmac', 'Masked by HMAC.', 'birthday'],
        ['list', 'STRING', 'hmac', 'Masked by HMAC.', 'birthday'],
      ],
    );
    await assertInBigQuery(source.exports, exported);
    const [text] = fieldsOf(exported.manifest.columns);
    assert.deepEqual(text?.policyTags, { names: [policyTag] });
    assert.equal(stagingFieldsOf(exported.manifest.columns)[0]?.policyTags, undefined);
    assert.equal(exported.manifest.schema.fields[0]?.['onramp.pii'], 'birthday');
  });

  it('say after their description how they are masked', async () => {
    const { manifest } = await source.exports.export({
      query: "SELECT 'a' AS a, 'b' AS b, 'c' AS c, 'd' AS d",
      columns: {
        a: { description: 'Who pays.', mask: hmac },
        b: { description: 'Where to.', mask: { method: 'keep_last', length: 1 } },
        c: { description: 'Why.', mask: { method: 'redact', text: '-' } },
        d: { description: 'When.', class: 'none' },
      },
    });
    assert.deepEqual(
      manifest.columns.map(({ description }) => description),
      ['Who pays. Masked by HMAC.', 'Where to. The last 1 character.', 'Why. Redacted.', 'When.'],
    );
  });

  it('are not exported with a key that is too short', async () => {
    const asked = source.exports.request({ query: "SELECT 'a' AS a", columns: { a: ofClass } });
    const secret = () => Promise.resolve(Buffer.from(`${'k'.repeat(31)}\n\n`));
    const last = (
      await source.exports.run(asked, {
        secret: reference =>
          reference === keySecret ? secret() : Promise.resolve(Buffer.from(source.server.password)),
      })
    ).at(-1);
    assert.equal(last?.type === 'export_failed' && last.failure.code, 'MASK_KEY_UNUSABLE');
  });
});

for (const database of [mariadb, mysql]) {
  describe(`columns of personal data, of ${database.name}`, { skip: database.skip }, () => {
    let source: SqlSource;
    before(async () => {
      source = await startSource(database);
    });
    after(() => source.close());

    it('have the tokens of the stream, and are cut by the mask of a class as the stream cuts', async () => {
      await source.session.run(
        'CREATE TABLE people (a TEXT, b BIGINT UNSIGNED, c BIT(64), d VARBINARY(9), at DATETIME(6), born DATE, name VARCHAR(20), n INT, face BLOB)',
      );
      await source.session.run(
        "INSERT INTO people VALUES ('jürgen@example.com', 18446744073709551615, 18446744073709551615, X'00ff01', '2026-01-31 23:59:59.999999', '1984-05-06', 'grüße', 12345, X'8080808080')",
      );
      const masked = Object.fromEntries(['a', 'b', 'c', 'd'].map(name => [name, { mask: hmac }]));
      const cut = Object.fromEntries(['at', 'born', 'name', 'n', 'face'].map(name => [name, ofClass]));
      const exported = await source.exports.export({ query: 'SELECT * FROM people', columns: { ...masked, ...cut } });
      const [a, b, c, d, born, n] = streamTokens(
        'string a = 1; uint64 b = 2; uint64 c = 3; bytes d = 4; string e = 5; int64 f = 6;',
        {
          ...{ a: 'jürgen@example.com', b: '18446744073709551615', c: '18446744073709551615' },
          ...{ d: Buffer.from('00ff01', 'hex').toString('base64'), e: '1984-05-06', f: '12345' },
        },
      );
      assert.deepEqual(exported.records, [
        {
          ...{ a, b, c, d, born, n, name: 'grüß', face: Buffer.alloc(4, 0x80) },
          at: BigInt(Date.parse('2026-01-31T00:00:00Z')) * 1000n,
        },
      ]);
      await assertInBigQuery(source.exports, exported);
    });
  });
}
