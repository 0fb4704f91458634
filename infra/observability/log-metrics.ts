import { logMessages } from '../../functions/core/log-messages.ts';

/** What is counted from the log lines of the functions. */
export interface LogMetric {
  /** After `logging.googleapis.com/user/` in the metric's type. */
  readonly id: string;
  readonly description: string;
  /** The messages of the lines that count. */
  readonly messages: readonly string[];
  /** The fields of a line that tell its figures apart. */
  readonly labels: readonly string[];
}

/** Each takes the field `count` of its lines, so that it counts messages, though there is one line for many. */
export const logMetrics = {
  deadLetters: {
    id: 'onramp/dead-letters',
    description: 'Messages that a stage set aside',
    messages: [logMessages.deadLetters],
    labels: ['stage', 'reason', 'ramp'],
  },
  redeliveries: {
    id: 'onramp/redeliveries',
    description: 'Messages that a stage could not take and left to Pub/Sub',
    messages: [logMessages.redelivered, logMessages.deadLettersUnsent],
    labels: ['stage'],
  },
  recoveredRows: {
    id: 'onramp/recovered-rows',
    description: 'Rows with values in a recovery column, by the column that has no place for them',
    messages: [logMessages.recovered],
    labels: ['stage', 'table', 'column', 'recovery'],
  },
} as const satisfies Record<string, LogMetric>;

/** The type under which Cloud Monitoring has it. */
export const metricType = ({ id }: LogMetric): string => `logging.googleapis.com/user/${id}`;

/** https://cloud.google.com/logging/docs/view/logging-query-language */
export const filterOf = ({ messages }: LogMetric): string =>
  [
    'resource.type="cloud_run_revision"',
    'severity>=WARNING',
    `jsonPayload.message=(${messages.map(message => `"${message}"`).join(' OR ')})`,
  ].join(' AND ');

export const fieldOf = (key: string): string => `EXTRACT(jsonPayload.${key})`;
