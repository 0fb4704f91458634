import { batchStageIds, consoleId } from '../../functions/core/batch/batch-wiring.ts';
import { exportFunction, instanceBilledService, subscriptions } from '../../functions/core/names.ts';
import { hubStages, stageIds } from '../../functions/core/wiring.ts';
import { type LogMetric, metricType } from './log-metrics.ts';
import { anyOf, type Matchers, series } from './promql.ts';

/** Every subscription that a stage reads. What is parked is read by nobody. */
const staged = anyOf(
  subscriptions.rampToHub('.+', '.+'),
  subscriptions.logToRamp('.+', '.+'),
  ...hubStages,
  subscriptions.deadLetter,
  subscriptions.schemaPublished,
  ...batchStageIds,
);

/** Export functions are here only when they run in the platform's project. What fails in others is told on batch-events. */
const functions = anyOf(
  ...stageIds.flatMap(id => [id, instanceBilledService(id)]),
  'plan-runs',
  ...batchStageIds,
  consoleId,
  exportFunction('.+'),
);

/** What is watched in a project, each as a selector of PromQL. */
export function signalsOf(project: string) {
  const inProject = { project_id: project };
  const subscription = (metric: string, matchers: Matchers = { subscription_id: staged }) =>
    series(`pubsub.googleapis.com/subscription/${metric}`, 'pubsub_subscription', { ...inProject, ...matchers });
  const service = (metric: string, matchers: Matchers = {}, part?: 'bucket') =>
    series(metric, 'cloud_run_revision', { ...inProject, service_name: functions, ...matchers }, part);
  return {
    /** Seconds since the oldest message that is not acknowledged was published. */
    age: subscription('oldest_unacked_message_age'),
    waiting: subscription('num_undelivered_messages'),
    parked: subscription('num_undelivered_messages', { subscription_id: subscriptions.deadLetterParked }),
    waitingForWarehouse: subscription('num_undelivered_messages', { subscription_id: 'hub-to-warehouse' }),
    pushes: subscription('push_request_count'),
    takenByWarehouse: subscription('push_request_count', {
      subscription_id: 'hub-to-warehouse',
      response_class: 'ack',
    }),
    pushedToWarehouse: subscription('push_request_count', { subscription_id: 'hub-to-warehouse' }),
    givenUp: subscription('dead_letter_message_count'),
    published: series(
      'pubsub.googleapis.com/topic/message_sizes',
      'pubsub_topic',
      { ...inProject, topic_id: anyOf('ramp-.+', 'hub', 'logs-.+') },
      'count',
    ),
    failures: service('run.googleapis.com/request_count', { response_code_class: '5xx' }),
    requests: service('run.googleapis.com/request_count'),
    latencies: service('run.googleapis.com/request_latencies', {}, 'bucket'),
    instances: service('run.googleapis.com/container/instance_count'),
    errorLines: service('logging.googleapis.com/log_entry_count', {
      severity: anyOf('ERROR', 'CRITICAL', 'ALERT', 'EMERGENCY'),
    }),
    /** Messages that a metric of ours counts. */
    counted: (metric: LogMetric, matchers: Matchers = {}) =>
      series(metricType(metric), 'cloud_run_revision', { ...inProject, ...matchers }, 'sum'),
  };
}
