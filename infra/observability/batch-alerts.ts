import type { Alert } from './alert.ts';
import { signalsOf } from './signals.ts';

/** Seconds for which the files of an export may wait for their load. */
const oldestLoad = 3600;

/** Milliseconds for which a task may wait for a slot of its pool. */
const longestWait = 3_600_000;

/**
 * Attempts of tasks of one queue, in an hour, from which on somebody should look: an instance that was taken away in
 * the middle of an export is one, and what cannot work at all is tried again every half minute. Half an attempt less is
 * compared with, since PromQL's increase is interpolated.
 */
const failedAttempts = 3;

/**
 * Minutes in which a queue that has tasks answers one: Cloud Tasks waits 30 for an answer, see
 * https://cloud.google.com/tasks/docs/reference/rpc/google.cloud.tasks.v2#task.
 */
const longestAttempt = 45;

/**
 * The alerts on what carries exports from their schedule to the warehouse, on a project that has any. Of runs that fail
 * or are late, the function `alert` tells whom their schedule names.
 */
export function batchAlertsOf(project: string): readonly Alert[] {
  const { ticks, failedCalls, tasks, taskAttempts, failedTaskAttempts, taskDelays, ...loads } = signalsOf(project);
  return [
    {
      id: 'planning',
      title: 'Runs are not planned',
      severity: 'CRITICAL',
      conditions: [
        {
          title: 'In 10 minutes no tick of plan-runs has succeeded',
          query: `(sum(increase(${ticks}[10m])) or vector(0)) < 1`,
          minutes: 10,
        },
        {
          title: 'Cloud Scheduler keeps logging failed calls of plan-runs',
          query: `sum by (job_id) (increase(${failedCalls}[5m])) > 0`,
          minutes: 10,
        },
      ],
      meaning:
        'Not every run that is due is created and started, or none is, and nobody is told of a missed SLA. What is under ' +
        'way goes on. Of the intervals that end meanwhile, exports without catchup get the latest alone.',
      mend:
        'Read the log of plan-runs: it names the exports that it could not plan, and plans the others. If nothing calls ' +
        'it, see whether its job of Cloud Scheduler is paused, and what the job’s log says; a 403 is a missing grant of ' +
        'onramp-scheduler. Afterwards backfill what was missed.',
    },
    {
      id: 'export-calls',
      title: 'Export functions do not answer',
      severity: 'ERROR',
      conditions: [
        {
          title: 'In an hour three attempts of tasks of a queue have failed',
          query: `sum by (queue_id) (increase(${failedTaskAttempts}[1h])) > ${failedAttempts - 0.5}`,
          minutes: 0,
        },
      ],
      meaning:
        'Functions of the pool’s exports crash, do not answer in time or cannot be called, in whichever project they are. ' +
        'An export that fails by itself, or goes on in another execution, answers, and is not counted. Cloud Tasks calls ' +
        'again until the attempt is given up.',
      mend:
        'The queue’s log names the address and the answer of each attempt. With 403 or PERMISSION_DENIED, onramp-tasks ' +
        'may not call the function; otherwise read the function’s log, in the service’s project.',
    },
    {
      id: 'pool-still',
      title: 'A pool stands still',
      severity: 'ERROR',
      conditions: [
        {
          title: 'A queue has tasks, and none was answered',
          query:
            `(max by (queue_id) (${tasks}) > 0)` +
            ` unless on (queue_id) (sum by (queue_id) (increase(${taskAttempts}[${longestAttempt}m])) > 0)`,
          minutes: longestAttempt,
        },
      ],
      meaning: 'No export of the pool goes on, for longer than one attempt may take.',
      mend:
        'See whether the queue is paused (gcloud tasks queues describe), and resume it. Else its log and that of the ' +
        'functions say what they wait for.',
    },
    {
      id: 'pool-full',
      title: 'Exports wait long for a slot',
      severity: 'WARNING',
      conditions: [
        {
          title: 'One in twenty tasks of a queue has waited for over an hour',
          query: `histogram_quantile(0.95, sum by (queue_id, le) (increase(${taskDelays}[1h]))) > ${longestWait}`,
          minutes: 0,
        },
      ],
      meaning: 'More exports fall due at once than the pool has slots for. None is lost; some may miss their SLA.',
      mend:
        'Spread the schedules over the day, give exports that take long a pool of their own, or the pool more slots, if ' +
        'the databases bear it.',
    },
    {
      id: 'loads',
      title: 'Loads wait too long',
      severity: 'ERROR',
      conditions: [
        {
          title: 'The oldest message of the subscription load is older than an hour',
          query: `max by (subscription_id) (${loads.ageOfLoads}) > ${oldestLoad}`,
          minutes: 5,
        },
        {
          title: 'load keeps answering 5xx',
          query: `sum by (service_name) (increase(${loads.failuresOfLoads}[10m])) > 0`,
          minutes: 60,
        },
      ],
      meaning:
        'What was exported is in the lake and not in BigQuery: jobs fail, take long, or wait for others into the same ' +
        'table, one at a time. The manifests are delivered again for 15 hours.',
      mend:
        'Read the log of load. While a backfill writes to one table, "another load into … is under way" ends by itself; any ' +
        'other error is to be mended: a quota, a missing grant, an outage.',
    },
  ];
}
