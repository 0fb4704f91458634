import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tlsModes } from '../../functions/core/batch/connection.ts';
import { presets } from '../../functions/core/batch/cron.ts';
import { filters } from '../../functions/core/batch/template/filters.ts';
import { macros } from '../../functions/core/batch/template/macros.ts';
import { templateVariables } from '../../functions/core/batch/templates.ts';
import { connectionShapes } from '../../infra/config/batch/connections-shape.ts';
import { exportShape } from '../../infra/config/batch/export-shape.ts';
import { parseShape } from '../../infra/config/batch/parse-shape.ts';
import { scheduleShape } from '../../infra/config/batch/schedule-shape.ts';
import { type BatchFiles, validateBatch } from '../../infra/config/batch/validate-batch.ts';
import { exampleSchedule } from '../support/example-export.ts';
import { fences, pageText, section, tableRows } from './page.ts';

const page = pageText('docs/batch.md');
const keys = (heading: string) => tableRows(section(page, heading)).map(row => row[0]);
const unknown = { zzzzzzzzzzzz: 1 };

/** The keys that the check knows at the place where the value holds an unknown one. */
function knownKeys(shape: Parameters<typeof parseShape>[0], value: unknown): string[] {
  const { findings } = parseShape(shape, value);
  const known = findings.map(({ mend }) => /known are (.*)$/.exec(mend)?.[1]).find(text => text !== undefined);
  return known?.split(', ') ?? [];
}

const example = (heading: string, language: string) => {
  const found = fences(section(page, heading)).find(fence => fence.language === language);
  assert.ok(found, heading);
  return { file: heading, text: found.content };
};

describe('docs/batch.md', () => {
  it('has every key, and no other', () => {
    const bigquery = [{ project: 'p', dataset: 'd', table: 't' }];
    assert.deepEqual(keys('schedule.yaml'), knownKeys(scheduleShape, unknown));
    assert.deepEqual(keys('Exports'), knownKeys(exportShape, unknown));
    assert.deepEqual(keys('Tables'), knownKeys(exportShape, { bigquery: [{ ...bigquery[0], ...unknown }] }));
    assert.deepEqual(keys('Columns'), knownKeys(exportShape, { bigquery, columns: { a: unknown } }));
    assert.deepEqual(keys('Entities'), knownKeys(exportShape, { bigquery, entity: { kind: 'k', ...unknown } }));
    const sql = { kind: 'postgres', host: 'h', database: 'd', user: 'u', auth: 'iam', tls: unknown };
    assert.deepEqual(keys('TLS').toSorted(), tlsModes.toSorted());
    const [, ofTls = ''] = section(page, 'TLS').split('No mode goes on');
    assert.deepEqual(
      tableRows(ofTls).map(([key]) => key),
      knownKeys(connectionShapes.postgres, sql),
    );
    assert.deepEqual(keys('Contract'), knownKeys(exportShape, { bigquery, contract: unknown }));
  });

  it('has every kind of connection with its keys', () => {
    const rows = tableRows(section(page, 'connections.yaml'));
    assert.deepEqual(
      rows.map(([kind]) => kind),
      Object.keys(connectionShapes),
    );
    for (const [kind = '', text = ''] of rows) {
      for (const key of Object.keys(connectionShapes[kind as keyof typeof connectionShapes].shape)) {
        if (key !== 'kind') assert.match(text, new RegExp(`\\b${key}\\b`), `${key} of ${kind}`);
      }
    }
  });

  it('shows files that are right together', () => {
    const files: BatchFiles = {
      service: 'my-service',
      owner: 'team@example.com',
      project: undefined,
      schedule: example('schedule.yaml', 'yaml'),
      connections: example('connections.yaml', 'yaml'),
      exports: [{ id: 'test_table', ...example('Exports', 'yaml') }],
    };
    const { services, pools, problems } = validateBatch([files], undefined, example('pools.ini', 'ini'));
    assert.deepEqual(problems, []);
    assert.equal(services.length, 1);
    assert.deepEqual(
      pools.map(({ id }) => id),
      ['my-pool', 'reports'],
    );
  });

  it('has every variable, macro, filter and preset', () => {
    const variables = templateVariables({
      address: 'a/b',
      schedule: exampleSchedule(),
      interval: { start: '2026-01-01T00:00:00.000Z', end: '2026-01-01T01:00:00.000Z' },
      params: {},
    });
    assert.deepEqual(
      keys('Templates')
        .flatMap(cell => cell?.split(', ') ?? [])
        .toSorted(),
      [...variables.keys()].toSorted(),
    );
    const text = section(page, 'Templates');
    for (const name of macros.keys()) assert.ok(text.includes(`\`${name}\``), name);
    const listed = /\*\*Filters\*\*: ([^.]*)\./
      .exec(text)?.[1]
      ?.split(/,\s+/)
      .map(name => name.replaceAll('`', ''));
    assert.deepEqual(listed, [...filters.keys()].toSorted());
    for (const name of presets.keys()) assert.ok(section(page, 'Crons and time zones').includes(`\`${name}\``), name);
  });
});
