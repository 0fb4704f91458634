import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fromBinary, fromJson, toBinary, toJson } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { readPayload } from '../../../../functions/core/codec/decode.ts';
import type { Schema } from '../../../../functions/core/schema/descriptor-set.ts';
import { pinnedColumns, pinsWith } from '../../../../functions/core/schema/pins.ts';
import { mergedFields, missingColumns } from '../../../../functions/core/schema/table-difference.ts';
import { tableFields } from '../../../../functions/core/schema/table-schema.ts';
import { readServices } from '../../../../infra/config/read-services.ts';
import { baselineOfFolder } from '../../../../infra/gate/baseline.ts';
import { checkSchemas } from '../../../../infra/gate/check-schemas.ts';
import type { Finding } from '../../../../infra/gate/finding.ts';
import { compileSchemas } from '../../../../infra/schemas.ts';
import { randomMessage } from '../../../support/random-message.ts';
import { arbitrarySchemaPair, type ProtoFile, protoText } from '../../../support/schema-pairs.ts';

const pairCount = 500;
const seed = 20260101;
const pairs = fc.sample(arbitrarySchemaPair, { numRuns: pairCount, seed });
const packageOf = (index: number) => `p${index}.v1`;
const bufYaml = 'version: v2\nmodules:\n  - path: proto\nlint:\n  use: [MINIMAL]\nbreaking:\n  use: [WIRE_JSON]\n';

const folder = mkdtempSync(join(tmpdir(), 'onramp-pairs-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Writes one side of all pairs, each with its own ramp, as a project. */
function project(name: string, files: readonly (ProtoFile | undefined)[]): string {
  const root = join(folder, name);
  const ramps = files.map((_, index) => `  r${index}: { schema: ${packageOf(index)}.Event }\n`).join('');
  const texts = {
    'buf.yaml': bufYaml,
    'services/s/service.yaml': `version: 1\nowner: s@example.com\nramps:\n${ramps}`,
    ...Object.fromEntries(
      files.flatMap((file, index) =>
        file === undefined ? [] : [[`proto/p${index}/v1/e.proto`, protoText(file, packageOf(index))]],
      ),
    ),
  };
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

function compiled(root: string) {
  const { schemas, problems } = compileSchemas(root);
  assert.ok(schemas, problems[0]?.what);
  return { root, schemas, ...readServices(root, schemas) };
}

const schemaOf = ({ schemas }: ReturnType<typeof compiled>, index: number): Schema => {
  const found = schemas.get(`${packageOf(index)}.Event`);
  assert.ok(found);
  return found.schema;
};

const payloads = ({ message }: Schema, numRuns: number): Uint8Array[] =>
  fc.sample(randomMessage(message), { numRuns, seed }).map(each => toBinary(message, each));

/** Why events of the one version would not do with the other, by what happens; undefined when all is well. */
function failure(before: Schema, now: Schema): string | undefined {
  const { mismatches } = missingColumns(tableFields(before.columns), tableFields(now.columns));
  if (mismatches[0] !== undefined) return `column ${mismatches[0].path}`;
  for (const payload of payloads(before, 200)) {
    const json = toJson(before.message, fromBinary(before.message, payload));
    try {
      readPayload(now, payload);
      const known = fromJson(now.message, json);
      const read = toJson(now.message, fromBinary(now.message, payload, { readUnknownFields: false }));
      assert.deepEqual(read, json);
      assert.deepEqual(toJson(now.message, known), json);
    } catch (error) {
      return String(error).split('\n')[0];
    }
  }
  return undefined;
}

/** Puts what was removed without being reserved to another use, as nothing would hinder anybody to. */
function reusing(before: ProtoFile, now: ProtoFile): ProtoFile {
  const message = (key: 'event' | 'part') => {
    const gone = before[key].fields.filter(({ number }) => now[key].fields.every(field => field.number !== number));
    const free = gone.filter(({ number }) => now[key].reserved.every(field => field.number !== number));
    const reused = free.map(({ number, type, label }) => ({
      name: `again_${number}`,
      number,
      type: type === 'string' ? 'int64' : 'string',
      label: label === 'repeated ' ? ('' as const) : ('repeated ' as const),
    }));
    return { ...now[key], fields: [...now[key].fields, ...reused] };
  };
  const { values, reserved } = now.kind;
  const taken = [...values, ...reserved].some(({ number }) => number === 2);
  const kind = taken ? now.kind : { values: [...values, { name: 'KIND_REUSED', number: 2 }], reserved };
  return { event: message('event'), part: message('part'), kind };
}

describe(`${pairCount} random changes of a schema`, () => {
  const old = compiled(
    project(
      'before',
      pairs.map(({ before }) => before),
    ),
  );
  const now = compiled(
    project(
      'after',
      pairs.map(pair => pair.after),
    ),
  );
  const { baseline } = baselineOfFolder(old.root, 'before');
  assert.ok(baseline);
  const check = checkSchemas(now, baseline);
  const breaking = new Map<number, Finding[]>();
  for (const finding of check.findings.filter(({ level }) => level === 'breaking')) {
    const index = Number(/^proto\/p(\d+)\//.exec(finding.file)?.[1]);
    breaking.set(index, [...(breaking.get(index) ?? []), finding]);
  }
  const indices = pairs.map((_, index) => index);
  const tell = (index: number) =>
    JSON.stringify({
      index,
      ...pairs[index],
      findings: breaking.get(index)?.map(({ rule, what }) => `${rule}: ${what}`),
    });

  it('are of both kinds, each often enough', () => {
    assert.deepEqual(check.problems, []);
    assert.ok(breaking.size >= 150, `${breaking.size} of them break`);
    assert.ok(pairCount - breaking.size >= 150, `${pairCount - breaking.size} of them do not`);
  });

  it('flow without a dead letter where they do not break, whichever version a message is read with', () => {
    for (const index of indices.filter(each => !breaking.has(each))) {
      const versions = [schemaOf(old, index), schemaOf(now, index)] as const;
      const pins = versions.reduce((pinned, { columns }) => pinsWith(pinned, columns), {});
      const pinned = versions.map(version => ({ ...version, columns: pinnedColumns(version.columns, pins) }));
      const wanted = pinned.map(({ columns }) => tableFields(columns));
      const table = wanted.reduce((fields, each) => mergedFields(fields, each), wanted[0] ?? []);
      for (const fields of wanted) {
        const { missing, mismatches } = missingColumns(table, fields);
        assert.deepEqual({ missing, mismatches }, { missing: [], mismatches: [] }, tell(index));
      }
      for (const payload of versions.flatMap(version => payloads(version, 5))) {
        for (const reader of pinned) assert.doesNotThrow(() => readPayload(reader, payload).row, tell(index));
      }
    }
  });

  it('add no column for a field that is renamed', () => {
    for (const { columns } of check.tables) {
      assert.deepEqual(
        columns.filter(
          ({ action, path }) => action === 'add' && /(^|\.)(field|member|part|kind)[_0-9]*_new$/.test(path),
        ),
        [],
      );
    }
  });

  it('would have failed where they break', () => {
    const reused = compiled(
      project(
        'reused',
        pairs.map(({ before, after: file }, index) => (breaking.has(index) ? reusing(before, file) : file)),
      ),
    );
    for (const index of breaking.keys()) {
      const before = schemaOf(old, index);
      const failed = failure(before, schemaOf(now, index)) ?? failure(before, schemaOf(reused, index));
      assert.ok(failed !== undefined, tell(index));
    }
  });

  it('are shown as what they are in the tables', () => {
    const retyped = check.tables.flatMap(({ columns }) => columns.filter(column => column.action === 'retype'));
    assert.ok(retyped.length > 0);
    for (const { path, before, after, column } of retyped) {
      assert.notEqual(before, after);
      assert.match(column.slice(column.lastIndexOf('.') + 1), /_\d+$/, `${path} goes to ${column}`);
    }
  });
});
