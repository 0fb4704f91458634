import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logMessages } from '../../functions/core/log-messages.ts';
import { anchorOf } from '../../infra/observability/alert.ts';
import { alertsOf } from '../../infra/observability/alerts.ts';
import { batchAlertsOf } from '../../infra/observability/batch-alerts.ts';
import { logMetrics, metricType } from '../../infra/observability/log-metrics.ts';
import { pageText, section, tableRows } from './page.ts';

const page = pageText('docs/operations.md');
const alertsPart = section(page, 'Alerts');
const alerts = [...alertsOf('acme-platform'), ...batchAlertsOf('acme-platform')];
const titles = Array.from(alertsPart.matchAll(/^### (.+)$/gm), found => found[1]);

describe('docs/operations.md', () => {
  it('has every alert, under the heading that the alert links to, and no other', () => {
    assert.deepEqual(
      titles,
      alerts.map(({ title }) => title),
    );
    for (const alert of alerts) assert.match(anchorOf(alert), /^[a-z]+(-[a-z]+)*$/);
  });

  for (const { title, severity, conditions, meaning, mend } of alerts) {
    it(`says of "${title}" when it is raised, what it means and what to do`, () => {
      const text = section(page, title).replaceAll(/\s+/g, ' ').replaceAll('`', '');
      for (const part of [`${severity}.`, meaning, mend, ...conditions.map(condition => condition.title)]) {
        assert.ok(text.includes(part), part);
      }
    });
  }

  it('has the metrics that are made from log lines', () => {
    assert.deepEqual(
      tableRows(section(page, 'Metrics')).map(([type, , labels]) => [type, labels]),
      Object.values(logMetrics).map(metric => [metricType(metric), metric.labels.join(', ')]),
    );
  });

  it('has the messages that metrics count', () => {
    const written = tableRows(section(page, 'Logs')).map(([message]) => message);
    for (const message of Object.values(logMessages)) assert.ok(written.includes(message), message);
  });
});
