import type { Alert } from './alert.ts';
import { logMetrics } from './log-metrics.ts';
import { signalsOf } from './signals.ts';

/** Seconds; ten times what the slowest stage needs for a batch that is retried once. */
const oldestAge = 600;

/** The alerts that every project has. */
export function alertsOf(project: string): readonly Alert[] {
  const { promptAge, parked, givenUp, promptFailures, promptErrorLines, counted, ...warehouse } = signalsOf(project);
  const { deadLetters, redeliveries, recoveredRows } = logMetrics;
  const { pushedToWarehouse, takenByWarehouse, waitingForWarehouse } = warehouse;
  const setAsideByWarehouse = `sum(increase(${counted(deadLetters, { stage: 'hub-to-warehouse' })}[30m]))`;
  return [
    {
      id: 'backlog',
      title: 'Messages wait too long',
      severity: 'ERROR',
      conditions: [
        {
          title: 'The oldest message of a subscription is older than 10 minutes',
          query: `max by (subscription_id) (${promptAge}) > ${oldestAge}`,
          minutes: 5,
        },
      ],
      meaning: 'The stage of the subscription takes messages too slowly, or not at all. Nothing is lost for 7 days.',
      mend:
        'See whether the stage fails (its log, severity ERROR) or is at its greatest number of instances. Mend the ' +
        'cause, or raise its instances; the backlog then goes by itself.',
    },
    {
      id: 'parked',
      title: 'Dead letters are parked',
      severity: 'CRITICAL',
      conditions: [
        {
          title: 'The subscription dead-letter-parked has messages',
          query: `max by (subscription_id) (${parked}) > 0`,
          minutes: 0,
        },
      ],
      meaning:
        'In 100 attempts the stage dead-letter could not store a dead letter, heal-dead-letters could not send what ' +
        'waited, or plan-runs, track-runs, load or alert could not take a message of exports. What is parked is deleted after 31 ' +
        'days; what waits stays.',
      mend:
        'Mend the function whose subscription the attribute CloudPubSubDeadLetterSourceSubscription of a parked message ' +
        'names, then publish the message again with its attributes: on the topic dead-letter, schema-published, ' +
        'export-manifests (of load), or batch-events (of the others).',
    },
    {
      id: 'dead-letters',
      title: 'Dead letters arrive',
      severity: 'WARNING',
      conditions: [
        {
          title: 'A stage sets messages aside',
          query: `sum by (stage, reason, ramp) (increase(${counted(deadLetters)}[10m])) > 0`,
          minutes: 0,
        },
        {
          title: 'Pub/Sub gives messages up',
          query: `sum by (subscription_id) (increase(${givenUp}[10m])) > 0`,
          minutes: 0,
        },
      ],
      meaning: 'Messages cannot be processed. They are kept with their bytes, and the others are processed.',
      mend: 'Look the reason up in docs/errors.md and read the dead letters in the table onramp.dead_letters.',
    },
    {
      id: 'function-errors',
      title: 'A function fails',
      severity: 'ERROR',
      conditions: [
        {
          title: 'A function keeps answering 5xx',
          query: `sum by (service_name) (increase(${promptFailures}[5m])) > 0`,
          minutes: 10,
        },
        {
          title: 'A function keeps logging errors',
          query: `sum by (service_name) (increase(${promptErrorLines}[5m])) > 0`,
          minutes: 10,
        },
      ],
      meaning:
        'For ten minutes the function has failed on some messages or requests. Pub/Sub delivers messages again, for 15 ' +
        'hours; Cloud Scheduler and Cloud Tasks call again, too.',
      mend: 'Read the function’s log. A single failure heals by repetition and raises nothing.',
    },
    {
      id: 'warehouse-append',
      title: 'Appends to the warehouse fail',
      severity: 'ERROR',
      conditions: [
        {
          title: 'hub-to-warehouse keeps leaving messages to Pub/Sub',
          query: `sum by (stage) (increase(${counted(redeliveries, { stage: 'hub-to-warehouse' })}[5m])) > 0`,
          minutes: 10,
        },
      ],
      meaning: 'Rows cannot be appended to BigQuery. The raw and the structured lake go on.',
      mend: 'Read "error" in the log of hub-to-warehouse: a quota, a missing grant, a deleted table, or an outage.',
    },
    {
      id: 'recovery-columns',
      title: 'A table has a column of another type',
      severity: 'WARNING',
      conditions: [
        {
          title: 'Rows have values in a recovery column',
          query: `sum by (table, column, recovery) (increase(${counted(recoveredRows)}[10m])) > 0`,
          minutes: 0,
        },
      ],
      meaning: 'The table was altered by hand, or a breaking change was not pinned. No row is lost and none waits.',
      mend:
        'Tell the readers of the table where the values are now. To end it, make a table of the right types and copy ' +
        'the rows, or restore the type in the schema.',
    },
    {
      id: 'freshness',
      title: 'Nothing reaches the warehouse',
      severity: 'CRITICAL',
      conditions: [
        {
          title: 'The hub has messages for the warehouse, and in 30 minutes none has become a row',
          query:
            `(sum(increase(${pushedToWarehouse}[30m])) > 0 or sum(max_over_time(${waitingForWarehouse}[30m])) > 0)` +
            ` unless (sum(increase(${takenByWarehouse}[30m])) - (${setAsideByWarehouse} or vector(0))) > 0`,
          minutes: 5,
        },
      ],
      meaning: 'Every message with a schema is refused, set aside or not even delivered: the tables stand still.',
      mend: 'See which of the other alerts is open, and whether hub-to-warehouse still has its push endpoint.',
    },
  ];
}
