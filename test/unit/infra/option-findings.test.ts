import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { PiiClasses } from '../../../functions/core/catalogue.ts';
import { optionsFile } from '../../../functions/core/schema/options.ts';
import { validateServices } from '../../../infra/config/validate-services.ts';
import { compileSchemas } from '../../../infra/schemas.ts';
import { optionsProto } from '../../support/with-options.ts';

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function compile(lines: readonly string[], pii?: PiiClasses) {
  const root = mkdtempSync(join(tmpdir(), 'onramp-options-'));
  folders.push(root);
  const text = ['syntax = "proto3";', 'package t;', 'import "onramp/options.proto";', ...lines].join('\n');
  const files = { 'buf.yaml': 'version: v2\nmodules: [{ path: proto }]\n', 'proto/t/t.proto': text };
  for (const [path, content] of Object.entries({ ...files, [`proto/${optionsFile}`]: optionsProto })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return compileSchemas(root, pii);
}

/** What is reported, as `file:line what`. */
const report = (lines: readonly string[], pii?: PiiClasses) =>
  compile(lines, pii).problems.map(({ file, line, what }) => `${file}:${line} ${what}`);

const at = (line: number, what: string) => `proto/t/t.proto:${line} SCHEMA_OPTION_INVALID: ${what}`;

describe('the options of all messages', () => {
  it('are not reported when they are right', () => {
    const lines = [
      'import "google/protobuf/timestamp.proto";',
      'message M {',
      '  option (onramp.message) = { partition_by: "at" cluster_by: ["day", "shop"] };',
      '  google.protobuf.Timestamp at = 1 [(onramp.field) = { pii: "p" mask: MASK_TRUNCATE }];',
      '  string day = 2 [(onramp.field).type = TYPE_DATE];',
      '  string a = 3 [(onramp.field) = { column: "shop" pii: "p" mask: MASK_TRUNCATE truncate: 3 }];',
      '}',
    ];
    assert.deepEqual(report(lines), []);
  });

  it('are reported with file and line for every value that they cannot have', () => {
    const lines = [
      'message M {',
      '  string a = 1 [(onramp.field).column = "1st"];',
      '  bool b = 2 [(onramp.field).type = TYPE_NUMERIC];',
      '  string c = 3 [(onramp.field).type = TYPE_TIMESTAMP_MILLIS];',
      '  string d = 4 [(onramp.field).mask = MASK_DROP];',
      '  int32 e = 5 [(onramp.field) = { pii: "p" mask: MASK_TRUNCATE }];',
      '  string f = 6 [(onramp.field) = { pii: "p" mask: MASK_TRUNCATE }];',
      '  string g = 7 [(onramp.field) = { pii: "p" truncate: 3 }];',
      '  map<string, int64> h = 8 [(onramp.field).type = TYPE_TIMESTAMP_MILLIS];',
      '  message Inner {',
      '    string i = 1 [(onramp.field).policy_tag = "mine"];',
      '  }',
      '}',
    ];
    const choice = 'which a field of this type cannot have';
    const found = report(lines);
    assert.deepEqual(found.slice(1, 8), [
      at(6, `the field b: type is TYPE_NUMERIC, ${choice}; it has the usual one only`),
      at(7, `the field c: type is TYPE_TIMESTAMP_MILLIS, ${choice}; it can have TYPE_NUMERIC, TYPE_DATE, TYPE_JSON`),
      at(8, 'the field d: mask is given, but no pii class'),
      at(
        9,
        'the field e: mask is MASK_TRUNCATE, which only strings, bytes, times and messages that hold them can have',
      ),
      at(10, 'the field f: mask is MASK_TRUNCATE, but no truncate says a length'),
      at(11, 'the field g: truncate is given, but the mask is hmac'),
      at(12, `the field h: type is TYPE_TIMESTAMP_MILLIS, ${choice}; it can have TYPE_JSON`),
    ]);
    assert.equal(found.length, 9);
    assert.ok(found[0]?.startsWith(at(5, 'the field a: column is "1st"')));
    assert.ok(found[8]?.startsWith(at(14, 'the field i: policy_tag is "mine"')));
  });

  it('may leave the length of a mask to the class', () => {
    const lines = ['message M {', '  string a = 1 [(onramp.field) = { pii: "p" mask: MASK_TRUNCATE }];', '}'];
    assert.deepEqual(report(lines, { p: { mask: 'truncate', truncate: 2 } }), []);
    assert.equal(report(lines, { p: { mask: 'hmac' } }).length, 1);
  });

  it('of a message name columns that the table has, as they are masked', () => {
    const lines = [
      'import "google/protobuf/timestamp.proto";',
      'message M {',
      '  option (onramp.message) = { partition_by: "at" cluster_by: ["amount", "id", "nothing"] };',
      '  google.protobuf.Timestamp at = 1 [(onramp.field).pii = "p"];',
      '  double amount = 2;',
      '  string id = 3;',
      '}',
    ];
    const [first = '', second = '', third = '', ...rest] = report(lines);
    assert.ok(first.startsWith(at(5, 't.M: partition_by: the column "at" is STRING')), first);
    assert.ok(second.startsWith(at(5, 't.M: cluster_by: the column "amount" is FLOAT')), second);
    assert.ok(third.startsWith(at(5, 't.M: cluster_by: the table has no column "nothing"')), third);
    assert.deepEqual(rest, []);
  });

  it('are no schema of a ramp themselves', () => {
    assert.deepEqual(compile(['message M { string a = 1; }']).schemas?.names, ['t.M']);
  });
});

describe('the layout that a message’s options ask for', () => {
  const { schemas } = compile([
    'import "google/protobuf/timestamp.proto";',
    'message M {',
    '  option (onramp.message) = { partition_by: "at" cluster_by: ["shop"] };',
    '  google.protobuf.Timestamp at = 1;',
    '  string shop = 2;',
    '}',
  ]);
  const tableOf = (warehouse: string) => {
    const text = `version: 1\nowner: a@example.com\nramps:\n  r: { schema: t.M${warehouse} }\n`;
    const { services } = validateServices([{ service: 'shop', file: 'service.yaml', text }], schemas);
    return services[0]?.ramps[0]?.table;
  };

  it('is that of the ramp’s table', () => {
    assert.partialDeepStrictEqual(tableOf(''), { partitionBy: 'at', clusterBy: ['shop'] });
  });

  it('gives way to what service.yaml says', () => {
    const written = tableOf(', warehouse: { partition_by: onramp_publish_time, cluster_by: [] }');
    assert.partialDeepStrictEqual(written, { partitionBy: 'onramp_publish_time' });
    assert.deepEqual(written?.clusterBy, []);
  });
});
