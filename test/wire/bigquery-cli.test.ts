import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { afterwards, createTable, project, startFixture } from './support/bigquery-fixture.ts';

const run = promisify(execFile);

/** Google's `bq` and its description of the API, or why they cannot be used. */
function findBq(): { readonly bq: string; readonly discovery: string } | string {
  const folder = (process.env['PATH'] ?? '').split(delimiter).find(each => existsSync(join(each, 'bq')));
  if (folder === undefined) return 'Google’s bq command is not installed';
  const sdk = dirname(dirname(realpathSync(join(folder, 'bq'))));
  const discovery = [sdk, '/usr/lib/google-cloud-sdk', '/opt/google-cloud-sdk']
    .map(root => join(root, 'platform/bq/discovery_next/bigquery.json'))
    .find(file => existsSync(file));
  return discovery === undefined
    ? 'the Google Cloud SDK has no bq/discovery_next/bigquery.json'
    : { bq: join(folder, 'bq'), discovery };
}

const found = findBq();

/** bq asks the server for the API's description first, which the stand-in does not have: this port adds it. */
async function withDiscovery(t: TestContext, restPort: number, discovery: string): Promise<number> {
  const description = JSON.parse(readFileSync(discovery, 'utf8')) as object;
  const server = createServer((incoming, response) => {
    if (incoming.url?.includes('discovery') === true) {
      const rootUrl = `http://${incoming.headers.host ?? ''}/`;
      response.end(
        JSON.stringify({ ...description, rootUrl, servicePath: 'bigquery/v2/', baseUrl: `${rootUrl}bigquery/v2/` }),
      );
      return;
    }
    const { method, url, headers } = incoming;
    const forward = request({ host: '127.0.0.1', port: restPort, method, path: url, headers }, answer => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(forward);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  afterwards(t, () => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

describe('Google’s bq command', { skip: typeof found === 'string' ? found : false }, () => {
  it('makes, describes, fills and queries a table', async t => {
    assert.ok(typeof found === 'object');
    const { client, restPort } = await startFixture(t);
    const port = await withDiscovery(t, restPort, found.discovery);
    const home = mkdtempSync(join(tmpdir(), 'onramp-bq-'));
    afterwards(t, () => rmSync(home, { recursive: true, force: true }));
    writeFileSync(join(home, '.bigqueryrc'), '');
    // Any token will do: the stand-in knows its caller by the port.
    const token = join(home, 'token');
    writeFileSync(token, 'none');
    const bq = async (...words: string[]) => {
      const flags = ['--api', `http://127.0.0.1:${port}`, '--project_id', project, '--format=json', '--quiet'];
      const env = {
        ...process.env,
        HOME: home,
        CLOUDSDK_CONFIG: home,
        CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: token,
        CLOUDSDK_CORE_CHECK_GCE_METADATA: 'false',
        NO_GCE_CHECK: 'true',
      };
      const { stdout } = await run(found.bq, [...flags, ...words], { env, timeout: 60_000 });
      return stdout;
    };
    await bq('mk', '--dataset', 'made');
    await bq('mk', '--table', '--time_partitioning_field=moment', 'made.t', 'id:INTEGER,moment:TIMESTAMP,tags:STRING');
    const shown = JSON.parse(await bq('show', 'made.t')) as {
      schema: { fields: { name: string }[] };
      timePartitioning: object;
    };
    assert.deepEqual(
      shown.schema.fields.map(({ name }) => name),
      ['id', 'moment', 'tags'],
    );
    assert.deepEqual(shown.timePartitioning, { type: 'DAY', field: 'moment' });
    await bq(
      'query',
      '--nouse_legacy_sql',
      `INSERT INTO made.t (id, moment) VALUES (1, TIMESTAMP '2026-01-02 03:04:05 UTC')`,
    );
    const rows: unknown = JSON.parse(await bq('query', '--nouse_legacy_sql', 'SELECT id, moment FROM made.t'));
    assert.deepEqual(rows, [{ id: '1', moment: '2026-01-02 03:04:05' }]);
    assert.deepEqual(JSON.parse(await bq('head', 'made.t')), [{ id: '1', moment: '2026-01-02 03:04:05', tags: null }]);
    await createTable(client, 'other', [{ name: 'a', type: 'STRING' }]);
    const datasets = JSON.parse(await bq('ls')) as { id: string }[];
    assert.deepEqual(
      datasets.map(({ id }) => id),
      ['acme-data:events', 'acme-data:made'],
    );
  });
});
