import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { stagingTable } from '../../../../functions/core/batch/batch-names.ts';
import { findExport, parseExports, serialiseExports } from '../../../../functions/core/batch/exports-catalogue.ts';
import { exportRequest, renderMergeQuery, renderSource } from '../../../../functions/core/batch/rendered-export.ts';
import { validateBatch } from '../../../../infra/config/batch/validate-batch.ts';

const fixture = (name: string) => ({
  file: name,
  text: readFileSync(join(import.meta.dirname, 'fixture', name), 'utf8'),
});

/** The article's schedule with one export, exactly as printed. */
function read(name: string) {
  const { services, pools, problems } = validateBatch(
    [
      {
        service: 'my-service',
        owner: 'team@example.com',
        project: undefined,
        schedule: fixture('schedule.yaml'),
        connections: fixture('connections.yaml'),
        exports: [{ id: 'test_table', ...fixture(name) }],
      },
    ],
    undefined,
    fixture('pools.ini'),
  );
  assert.deepEqual(problems, []);
  const [service] = services;
  const [config] = service?.exports ?? [];
  assert.ok(service && config);
  return { service, config, pools };
}

const interval = { start: '2019-06-04T15:00:00.000Z', end: '2019-06-05T15:00:00.000Z' };

describe('the YAML files of the article', () => {
  it('are read as printed: the schedule', () => {
    const { service, config, pools } = read('full.yaml');
    assert.equal(service.project, 'my-gcp-project');
    assert.deepEqual(config.schedule, {
      cron: '0 15 * * *',
      timezone: 'UTC',
      templateTimezone: 'UTC',
      catchup: false,
      dependsOnPast: true,
      maxActiveRuns: 16,
      dagrunTimeoutMinutes: 60,
      executionTimeoutMinutes: 60,
      slaMinutes: 60,
      slaOfBackfills: false,
      retryCount: 3,
      retryDelayMinutes: 5,
    });
    assert.deepEqual(config.alerting, {
      slack: { channel: '#my-alert-channel', connection: 'slack' },
      pagerDuty: 'pager-duty-conn',
    });
    assert.equal(config.pool, 'my-pool');
    assert.equal(config.connection, 'my-gcp-project-conn');
    assert.deepEqual(pools, [
      { id: 'my-pool', slots: 5, description: '' },
      { id: 'other-pool', slots: 2, description: 'a smaller database' },
    ]);
  });

  it('are read as printed: the export of a whole table', () => {
    const { config } = read('full.yaml');
    assert.deepEqual(renderSource(config, interval), {
      type: 'query',
      query: 'SELECT\n  column1,\n  column2\nFROM test_table',
    });
    assert.deepEqual(
      config.destinations.map(({ writeMode, mergeQuery }) => [writeMode, mergeQuery]),
      [['replace', undefined]],
    );
    assert.deepEqual(config.contract, { newColumns: 'evolve', unclassified: 'allow' });
  });

  it('are read as printed: the incremental export, whose query is of the interval', () => {
    const { config, service } = read('incremental.yaml');
    const { source, prefix, connection } = exportRequest(
      service,
      config,
      { interval, started: interval.end, kind: 'scheduled' },
      2,
      'acme-exports',
    );
    assert.equal(
      source.type === 'query' && source.query,
      [
        'SELECT',
        '  id,',
        '  column1,',
        '  column2,',
        '  updated_at,',
        '  created_at',
        'FROM test_table',
        'WHERE',
        "  updated_at >= '2019-06-04 15:00:00' AND",
        "  updated_at < '2019-06-05 15:00:00'",
      ].join('\n'),
    );
    assert.equal(prefix, 'export=my-service.test_table/interval=2019-06-04T150000Z/attempt=2/');
    assert.equal(connection.kind, 'postgres');
  });

  it('has a merge query that is rendered with its destination, comma or not', () => {
    for (const name of ['incremental.yaml', 'incremental-mended.yaml']) {
      const { config } = read(name);
      const [destination] = config.destinations;
      assert.ok(destination);
      assert.equal(destination.writeMode, 'merge');
      const staging = stagingTable(destination.table, interval, 1);
      const lines = renderMergeQuery(config, destination, interval, staging)?.split('\n') ?? [];
      assert.equal(lines[0], 'MERGE `test_project.test_dataset.test_table` T');
      assert.equal(lines[1], 'USING `test_project.test_dataset.test_table__staging_20190604T150000Z_1` S');
      assert.equal(lines.at(-1), '  )');
      assert.equal(lines[15], name === 'incremental.yaml' ? '    column2' : '    column2,');
    }
  });

  it('come back from the catalogue as they were', () => {
    const { service, config, pools } = read('incremental.yaml');
    const catalogue = parseExports(serialiseExports({ version: 1, pools, services: [service] }));
    assert.deepEqual(findExport(catalogue, 'my-service/test_table')?.config, config);
    assert.equal(findExport(catalogue, 'my-service/none'), undefined);
    assert.throws(() => parseExports('{"version":2}'), /version 2/);
  });
});
