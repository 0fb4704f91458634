import type { Alerting, Schedule } from '../../../functions/core/batch/config.ts';
import { type Connection, isDatabase } from '../../../functions/core/batch/connection.ts';
import { cronProblems, normaliseCron, once } from '../../../functions/core/batch/cron.ts';
import { isZone } from '../../../functions/core/batch/zone.ts';
import { didYouMean, listed } from '../suggest.ts';
import type { Finding } from '../yaml-file.ts';
import type { ScheduleOverrides } from './schedule-shape.ts';
import { startDate } from './start-date.ts';

/** What a schedule may name. */
export interface Known {
  readonly connections: Readonly<Record<string, Connection>>;
  /** Also of connections that are wrong. */
  readonly connectionIds: readonly string[];
  readonly pools: readonly string[];
}

/** The defaults are Airflow’s; it knows no default of execution_timeout, and without one a run that hangs would never end. */
const defaults = { executionTimeout: 60, retryDelay: 5, maxActiveRuns: 16 } as const;

/**
 * What is wrong with what a schedule says and refers to. `written` is as it was written, `effective` with what it takes
 * over from the service's.
 */
export function scheduleFindings(written: ScheduleOverrides, effective: ScheduleOverrides, known: Known): Finding[] {
  const findings: Finding[] = [];
  const { schedule_interval, pool } = written;
  if (schedule_interval !== undefined) {
    findings.push(...cronProblems(schedule_interval).map(problem => ({ path: ['schedule_interval'], ...problem })));
  }
  for (const key of ['timezone', 'template_timezone'] as const) {
    const zone = written[key];
    if (zone === undefined || isZone(zone)) continue;
    const mend =
      didYouMean(zone, Intl.supportedValuesOf('timeZone')) ?? 'write one of the IANA database, such as Asia/Tokyo';
    findings.push({ path: [key], what: `there is no time zone "${zone}"`, mend });
  }
  const start = written.start_date === undefined ? undefined : startDate(written.start_date, 'UTC');
  if (start !== undefined && 'mend' in start) {
    findings.push({ path: ['start_date'], what: `"start_date" is the text "${written.start_date}"`, mend: start.mend });
  }
  const needsStart = effective.catchup === true || normaliseCron(effective.schedule_interval ?? '') === once;
  if (needsStart && effective.start_date === undefined && (written.catchup || schedule_interval !== undefined)) {
    const key = written.catchup ? 'catchup' : 'schedule_interval';
    const what = key === 'catchup' ? 'catchup has no date to start from' : '@once has no date to run at';
    findings.push({ path: [key], atKey: true, what, mend: 'write start_date' });
  }
  if (pool !== undefined && !known.pools.includes(pool)) {
    const mend =
      didYouMean(pool, known.pools) ??
      (known.pools.length === 0 ? `write it there: ${pool} = 5` : `it has ${listed(known.pools)}`);
    findings.push({ path: ['pool'], what: `services/pools.ini has no pool "${pool}"`, mend });
  }
  findings.push(
    ...connectionFindings('gcp_conn_id', written.gcp_conn_id, known, 'a database', isDatabase),
    ...connectionFindings(
      'pd_conn_id',
      written.pd_conn_id,
      known,
      'of kind pagerduty',
      ({ kind }) => kind === 'pagerduty',
    ),
    ...connectionFindings(
      'slack_conn_id',
      written.slack_conn_id,
      known,
      'of kind slack',
      ({ kind }) => kind === 'slack',
    ),
  );
  if (written.slack_channel !== undefined && effective.slack_conn_id === undefined) {
    const slack = slackConnections(known);
    if (slack.length !== 1) {
      const what =
        slack.length === 0
          ? 'no connection of kind slack posts to the channel'
          : `${slack.length} connections of kind slack could post to the channel`;
      const mend =
        slack.length === 0
          ? 'declare one in services/connections.yaml'
          : `write slack_conn_id: one of ${slack.join(', ')}`;
      findings.push({ path: ['slack_channel'], atKey: true, what, mend });
    }
  }
  return findings;
}

const slackConnections = ({ connections }: Known): string[] =>
  Object.keys(connections).filter(id => connections[id]?.kind === 'slack');

function connectionFindings(
  key: string,
  id: string | undefined,
  { connections, connectionIds }: Known,
  what: string,
  fits: (connection: Connection) => boolean,
): Finding[] {
  if (id === undefined) return [];
  const connection = connections[id];
  if (connection !== undefined) {
    const fitting = Object.keys(connections).filter(other => connections[other] && fits(connections[other]));
    const mend = fitting.length === 0 ? 'declare one in connections.yaml' : `choose one of ${listed(fitting)}`;
    return fits(connection)
      ? []
      : [{ path: [key], what: `the connection "${id}" is of kind ${connection.kind}, not ${what}`, mend }];
  }
  if (connectionIds.includes(id)) return [];
  const mend = didYouMean(id, connectionIds) ?? 'declare it there, or in services/connections.yaml';
  return [{ path: [key], what: `connections.yaml has no connection "${id}"`, mend }];
}

/** The schedule with every default; what it is made of has no findings. */
export function scheduleOf(written: ScheduleOverrides): Schedule {
  const timezone = written.timezone ?? 'UTC';
  const start = written.start_date === undefined ? undefined : startDate(written.start_date, timezone);
  return {
    cron: normaliseCron(written.schedule_interval ?? 'none'),
    timezone,
    templateTimezone: written.template_timezone ?? 'UTC',
    ...(start !== undefined && 'instant' in start && { startDate: start.instant }),
    catchup: written.catchup ?? false,
    dependsOnPast: written.depends_on_past ?? false,
    maxActiveRuns: written.max_active_runs ?? defaults.maxActiveRuns,
    ...(written.dagrun_timeout !== undefined && { dagrunTimeoutMinutes: written.dagrun_timeout }),
    executionTimeoutMinutes: written.execution_timeout ?? defaults.executionTimeout,
    ...(written.sla !== undefined && { slaMinutes: written.sla }),
    slaOfBackfills: written.sla_of_backfills ?? false,
    retryCount: written.retry_count ?? 0,
    retryDelayMinutes: written.retry_delay ?? defaults.retryDelay,
  };
}

/** Who is told of failures. */
export function alertingOf(written: ScheduleOverrides, known: Known): Alerting {
  const { slack_channel: channel, pd_conn_id: pagerDuty } = written;
  const connection = written.slack_conn_id ?? slackConnections(known)[0];
  return {
    ...(channel !== undefined && connection !== undefined && { slack: { channel, connection } }),
    ...(pagerDuty !== undefined && { pagerDuty }),
  };
}
