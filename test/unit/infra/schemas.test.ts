import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { loadSchema } from '../../../functions/core/schema/descriptor-set.ts';
import { compileSchemas } from '../../../infra/schemas.ts';
import { fixtureSchemas } from './fixture-schemas.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function project(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-schemas-'));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const bufYaml = 'version: v2\nmodules: [{ path: proto }]\n';

describe('compiled schemas', () => {
  it('are all messages declared in proto/, without those they import', () => {
    assert.deepEqual(fixtureSchemas().names, ['shop.v1.Order', 'shop.v1.Order.Address', 'shop.v1.Reserved']);
  });

  it('stand for themselves: their bytes alone give the same message', () => {
    const compiled = fixtureSchemas().get('shop.v1.Order');
    assert.ok(compiled);
    const { name, version, columns } = loadSchema(compiled.descriptorSet, 'shop.v1.Order');
    assert.equal(name, 'shop.v1.Order');
    assert.equal(version, compiled.schema.version);
    assert.deepEqual(columns, compiled.schema.columns);
  });

  it('know nothing of other names', () => {
    assert.equal(fixtureSchemas().get('google.protobuf.Timestamp'), undefined);
    assert.equal(fixtureSchemas().get('shop.v1.order'), undefined);
  });

  it('are none in a project without proto files', () => {
    const { schemas, problems } = compileSchemas(project({ 'buf.yaml': bufYaml }));
    assert.deepEqual(problems, []);
    assert.deepEqual(schemas?.names, []);
  });

  it('are refused with the file and line of everything that does not compile', () => {
    const root = project({
      'buf.yaml': bufYaml,
      'proto/a/a.proto': 'syntax = "proto3";\npackage a;\nmessage A {\n  strin name = 1;\n}\n',
      'proto/b/b.proto': 'syntax = "proto3";\npackage b;\nmessage B { int32 x = 1; int32 y = 1; }\n',
    });
    const { schemas, problems } = compileSchemas(root);
    assert.equal(schemas, undefined);
    assert.deepEqual(
      problems.map(({ file, line, column }) => `${file}:${line}:${column}`),
      ['proto/a/a.proto:4:3', 'proto/b/b.proto:3:36'],
    );
    assert.match(problems[0]?.what ?? '', /strin/);
  });

  it('say which file is not there to import, and how the options are imported', () => {
    const root = project({
      'buf.yaml': bufYaml,
      'proto/a/a.proto': 'syntax = "proto3";\npackage a;\nimport "a/gone.proto";\nmessage A {}\n',
      'proto/b/b.proto': 'syntax = "proto3";\npackage b;\nmessage B { string x = 1 [(onramp.field).pii = "email"]; }\n',
    });
    assert.deepEqual(
      compileSchemas(root).problems.map(({ what, mend }) => `${what}; ${mend}`),
      [
        'the imported file a/gone.proto does not exist; put it at proto/a/gone.proto, or correct the import',
        'cannot find `onramp.field` in this scope; write import "onramp/options.proto"; at the top of the file',
      ],
    );
  });

  it('are refused with buf’s own words when its configuration is wrong', () => {
    const root = project({ 'buf.yaml': 'version: v9\n', 'proto/a/a.proto': 'syntax = "proto3";\n' });
    const { problems } = compileSchemas(root);
    assert.equal(problems[0]?.file, 'buf.yaml');
    assert.match(problems[0].what, /v9/);
  });
});
