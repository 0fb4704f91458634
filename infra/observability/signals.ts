import { batchStageIds, consoleId } from '../../functions/core/batch/batch-wiring.ts';
import { exportFunction, instanceBilledService, queues, subscriptions } from '../../functions/core/names.ts';
import { hubStages, stageIds } from '../../functions/core/wiring.ts';
import { type LogMetric, metricType } from './log-metrics.ts';
import { anyOf, type Matchers, noneOf, series } from './promql.ts';

/**
 * The one stage that takes its time: a load waits for jobs of BigQuery and for other loads into its table, and is
 * delivered again meanwhile. It is watched by itself.
 */
const slowStage = 'load';
const planRuns = 'plan-runs';
const promptBatchStages = batchStageIds.filter(id => id !== slowStage);

/** Every subscription that another stage reads. What is parked is read by nobody. */
const promptSubscriptions = [
  subscriptions.rampToHub('.+', '.+'),
  subscriptions.logToRamp('.+', '.+'),
  ...hubStages,
  subscriptions.deadLetter,
  subscriptions.schemaPublished,
  planRuns,
  ...promptBatchStages,
];

/** Export functions are here only when they run in the platform's project. That others fail, Cloud Tasks knows. */
const promptFunctions = [
  ...stageIds.flatMap(id => [id, instanceBilledService(id)]),
  planRuns,
  ...promptBatchStages,
  consoleId,
  exportFunction('.+'),
];

const errors = anyOf('ERROR', 'CRITICAL', 'ALERT', 'EMERGENCY');

/** What is watched in a project, each as a selector of PromQL. */
export function signalsOf(project: string) {
  const inProject = { project_id: project };
  const ofSubscriptions =
    (...ids: readonly string[]) =>
    (metric: string, matchers: Matchers = {}) =>
      series(`pubsub.googleapis.com/subscription/${metric}`, 'pubsub_subscription', {
        ...inProject,
        subscription_id: anyOf(...ids),
        ...matchers,
      });
  const ofFunctions =
    (...names: readonly string[]) =>
    (metric: string, matchers: Matchers = {}, part?: 'bucket') =>
      series(metric, 'cloud_run_revision', { ...inProject, service_name: anyOf(...names), ...matchers }, part);
  const ofQueues = (metric: string, matchers: Matchers = {}, part?: 'bucket') =>
    series(
      `cloudtasks.googleapis.com/queue/${metric}`,
      'cloud_tasks_queue',
      { ...inProject, queue_id: anyOf(queues.pool('.+')), ...matchers },
      part,
    );
  const prompt = ofSubscriptions(...promptSubscriptions);
  const loads = ofSubscriptions(slowStage);
  const staged = ofSubscriptions(...promptSubscriptions, slowStage);
  const warehouse = ofSubscriptions('hub-to-warehouse');
  const promptFunction = ofFunctions(...promptFunctions);
  const anyFunction = ofFunctions(...promptFunctions, slowStage);
  const requests = 'run.googleapis.com/request_count';
  const logLines = 'logging.googleapis.com/log_entry_count';
  return {
    /** Seconds since the oldest message that is not acknowledged was published. */
    age: staged('oldest_unacked_message_age'),
    promptAge: prompt('oldest_unacked_message_age'),
    ageOfLoads: loads('oldest_unacked_message_age'),
    waiting: staged('num_undelivered_messages'),
    parked: ofSubscriptions(subscriptions.deadLetterParked)('num_undelivered_messages'),
    waitingForWarehouse: warehouse('num_undelivered_messages'),
    pushes: staged('push_request_count'),
    takenByWarehouse: warehouse('push_request_count', { response_class: 'ack' }),
    pushedToWarehouse: warehouse('push_request_count'),
    givenUp: staged('dead_letter_message_count'),
    published: series(
      'pubsub.googleapis.com/topic/message_sizes',
      'pubsub_topic',
      { ...inProject, topic_id: anyOf('ramp-.+', 'hub', 'logs-.+') },
      'count',
    ),
    promptFailures: promptFunction(requests, { response_code_class: '5xx' }),
    promptErrorLines: promptFunction(logLines, { severity: errors }),
    failuresOfLoads: ofFunctions(slowStage)(requests, { response_code_class: '5xx' }),
    requests: anyFunction(requests),
    latencies: anyFunction('run.googleapis.com/request_latencies', {}, 'bucket'),
    instances: anyFunction('run.googleapis.com/container/instance_count'),
    errorLines: anyFunction(logLines, { severity: errors }),
    ticks: ofFunctions(planRuns)(requests, { response_code_class: '2xx' }),
    /** Cloud Scheduler has no metrics of its own; what it logs as an error is a call that failed. */
    failedCalls: series(logLines, 'cloud_scheduler_job', { ...inProject, job_id: planRuns, severity: errors }),
    tasks: ofQueues('depth'),
    taskAttempts: ofQueues('task_attempt_count'),
    /**
     * Attempts that were answered by anything but a success, or by 409, with which an export goes on in another one; or not
     * at all. What these two are called, no page says.
     */
    failedTaskAttempts: ofQueues('task_attempt_count', {
      response_code: noneOf('ok', 'OK', '2..', '409', 'aborted', 'ABORTED', 'already_exists', 'ALREADY_EXISTS'),
    }),
    /** Milliseconds from when a task was to be sent until it was. */
    taskDelays: ofQueues('task_attempt_delays', {}, 'bucket'),
    /** Messages that a metric of ours counts. */
    counted: (metric: LogMetric, matchers: Matchers = {}) =>
      series(metricType(metric), 'cloud_run_revision', { ...inProject, ...matchers }, 'sum'),
  };
}
