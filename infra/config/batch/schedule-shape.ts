import { z } from 'zod';
import { maskKeyText } from './secret.ts';

/** A number of minutes, as the seed's files have them; fractions are allowed, since tests drive schedules fast. */
const minutes = (what: string) =>
  z.number({ error: `write ${what} in minutes` }).positive({ error: `write ${what} in minutes, above 0` });

const flag = z.boolean({ error: 'write true or false' });

/** What schedule.yaml says of each export, and an export may say otherwise under its key `schedule`. */
export const scheduleFields = {
  gcp_conn_id: z.string({ error: 'write the id of a database’s connection in connections.yaml' }),
  pool: z.string({ error: 'write the name of a pool of services/pools.ini' }),
  schedule_interval: z.string({ error: 'write a cron such as 0 15 * * *, "@daily", "@once", or none' }),
  depends_on_past: flag,
  catchup: flag,
  dagrun_timeout: minutes('the longest that a run may take'),
  execution_timeout: minutes('the longest that an attempt’s export may take'),
  sla: minutes('how long after its interval’s end a run has to be done'),
  retry_count: z.int({ error: 'write a whole number of attempts after the first, from 0 to 100' }).min(0).max(100),
  retry_delay: z.number({ error: 'write the delay before the next attempt in minutes, from 0' }).min(0),
  slack_channel: z.string({ error: 'write a channel in quotes, such as "#payment-alerts"' }).min(1),
  pd_conn_id: z.string({ error: 'write the id of a connection of kind pagerduty' }),
  slack_conn_id: z.string({ error: 'write the id of a connection of kind slack' }),
  timezone: z.string({ error: 'write the name of a time zone, such as Asia/Tokyo' }),
  template_timezone: z.string({ error: 'write the name of a time zone, such as Asia/Tokyo' }),
  start_date: z.string({ error: 'write a date such as 2026-01-31, or a time such as 2026-01-31T15:00:00Z' }),
  sla_of_backfills: flag,
  max_active_runs: z.int({ error: 'write a whole number of runs from 1 to 1000' }).min(1).max(1000),
};

export const scheduleOverrides = z
  .strictObject(scheduleFields, { error: 'write a mapping, such as { sla: 30 }' })
  .partial();

const { gcp_conn_id, pool, schedule_interval, ...optional } = scheduleFields;

const subnetRule = 'write the subnet’s resource name: projects/<project>/regions/<region>/subnetworks/<name>';

/** services/<service>/schedule.yaml */
export const scheduleShape = z.strictObject(
  {
    project: z.string({ error: 'write the id of the project in which the exports run' }),
    gcp_conn_id,
    pool,
    schedule_interval,
    ...z.strictObject(optional).partial().shape,
    mask_key: maskKeyText().optional(),
    subnet: z
      .string({ error: subnetRule })
      .regex(/^projects\/[a-z][a-z0-9.:-]+\/regions\/[a-z0-9-]+\/subnetworks\/[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/, {
        error: subnetRule,
      })
      .optional(),
  },
  { error: 'write a mapping with project, gcp_conn_id, pool and schedule_interval' },
);

export type ScheduleYaml = z.output<typeof scheduleShape>;
export type ScheduleOverrides = z.output<typeof scheduleOverrides>;
