import { errorCatalogue } from '../errors.ts';
import type { Alerting } from './config.ts';
import type { BatchEvent, Failure } from './events.ts';
import type { ExportsCatalogue } from './exports-catalogue.ts';
import { findExport } from './exports-catalogue.ts';
import { type Instant, millisOf } from './instant.ts';

/** What a person is told. The same trouble has the same key, so that it is told once and ended by itself. */
export interface Alert {
  /** Names the trouble: `run/<export>/<start>`, `sla/<export>/<start>` or `pool/<pool>`. */
  readonly key: string;
  readonly level: AlertLevel;
  /** One line. */
  readonly summary: string;
  /** What is known, as label and text. Never a value of a row. */
  readonly facts: readonly (readonly [label: string, text: string])[];
  /** What it is about: an export's address or a pool. */
  readonly subject: string;
}

/** `warning` wakes nobody; each level outranks those before it. */
export const alertLevels = ['warning', 'error'] as const;

export type AlertLevel = (typeof alertLevels)[number];

/** What an event means to whoever is told of troubles: one begins, or all with these keys are over. */
export type AlertChange =
  | { readonly type: 'raise'; readonly alert: Alert }
  | { readonly type: 'resolve'; readonly keys: readonly string[] };

/** What an event changes; undefined for one that nobody needs to be told. */
export function alertChange({ export: address, interval, attempt, event }: BatchEvent): AlertChange | undefined {
  const start = interval?.start ?? '';
  const run = `${address} of ${timeText(start)}`;
  const facts = [
    ['Interval', interval === undefined ? '' : `${timeText(start)} to ${timeText(interval.end)}`],
  ] as const;
  switch (event.type) {
    case 'run_failed':
      return raise('error', `run/${address}/${start}`, address, `${run} failed`, [
        ...facts,
        ['Attempts', String(attempt)],
        ...failureFacts(event.failure),
      ]);
    case 'sla_missed':
      return raise('error', `sla/${address}/${start}`, address, `${run} missed its SLA`, [
        ...facts,
        ['Should have been done', timeText(event.deadline)],
      ]);
    case 'sla_at_risk':
      return raise('warning', `sla/${address}/${start}`, address, `${run} will probably miss its SLA`, [
        ...facts,
        ['Should be done', timeText(event.deadline)],
        [
          'Will probably be done',
          `${timeText(event.expected)}, ${minutesBetween(event.deadline, event.expected)} min late`,
        ],
      ]);
    case 'run_done':
      return { type: 'resolve', keys: [`run/${address}/${start}`, `sla/${address}/${start}`] };
    case 'pool_stuck':
      return raise('error', `pool/${event.pool}`, event.pool, `the pool ${event.pool} is stuck`, [
        ['Runs that wait', String(event.waiting)],
      ]);
    case 'pool_moving':
      return { type: 'resolve', keys: [`pool/${event.pool}`] };
    case 'export_started':
    case 'export_complete':
    case 'export_failed':
    case 'load_started':
    case 'load_complete':
    case 'load_failed':
    case 'operation_done':
      return undefined;
  }
}

const raise = (
  level: AlertLevel,
  key: string,
  subject: string,
  summary: string,
  facts: Alert['facts'],
): AlertChange => ({
  type: 'raise',
  alert: { key, level, subject, summary, facts },
});

function failureFacts({ code, detail }: Failure): Alert['facts'] {
  const known = (errorCatalogue as Partial<Record<string, { readonly mend: string }>>)[code];
  return [['Why', `${code}: ${detail}`], ...(known === undefined ? [] : ([['Mend', known.mend]] as const))];
}

const timeText = (instant: Instant): string => `${instant.slice(0, 16).replace('T', ' ')} UTC`;

const minutesBetween = (from: Instant, to: Instant): number =>
  Math.max(0, Math.round((millisOf(to) - millisOf(from)) / 60_000));

/** Where an alert goes: what was configured for the export, or for every export of the pool, each place once. */
export function alertTargets(
  catalogue: ExportsCatalogue,
  { key, subject }: Pick<Alert, 'key' | 'subject'>,
): AlertTarget[] {
  const concerned = key.startsWith('pool/')
    ? catalogue.services.flatMap(service =>
        service.exports.filter(({ pool }) => pool === subject).map(config => ({ service, config })),
      )
    : [findExport(catalogue, subject as `${string}/${string}`)].filter(found => found !== undefined);
  const targets = concerned.flatMap(({ service, config }) => targetsOf(service.id, config.alerting));
  return [...new Map(targets.map(target => [JSON.stringify(target), target])).values()];
}

/** A connection of a service, and the channel for Slack. */
export type AlertTarget =
  | { readonly kind: 'slack'; readonly service: string; readonly connection: string; readonly channel: string }
  | { readonly kind: 'pagerduty'; readonly service: string; readonly connection: string };

const targetsOf = (service: string, { slack, pagerDuty }: Alerting): AlertTarget[] => [
  ...(slack === undefined ? [] : [{ kind: 'slack' as const, service, ...slack }]),
  ...(pagerDuty === undefined ? [] : [{ kind: 'pagerduty' as const, service, connection: pagerDuty }]),
];

/** Body of Slack's chat.postMessage, and of an incoming webhook: https://docs.slack.dev/reference/methods/chat.postMessage */
export function slackBody(alert: Alert, channel: string, resolved: boolean): object {
  const mark = resolved
    ? ':white_check_mark: Over'
    : alert.level === 'error'
      ? ':red_circle:'
      : ':large_orange_circle:';
  const text = `${mark} ${alert.summary}`;
  // Three characters mean something in Slack's texts: https://docs.slack.dev/messaging/formatting-message-text#escaping
  const escaped = (plain: string) => plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const lines = alert.facts
    .filter(([, value]) => value !== '')
    .map(([label, value]) => `*${label}:* ${escaped(value)}`);
  return {
    channel,
    text: escaped(text),
    ...(!resolved && {
      // A text has at most 3,000 characters: https://docs.slack.dev/reference/block-kit/blocks/section-block
      blocks: [
        { type: 'section', text: { type: 'mrkdwn', text: `*${escaped(text)}*\n${lines.join('\n')}`.slice(0, 3000) } },
      ],
    }),
  };
}

/** Body of an event for PagerDuty: https://developer.pagerduty.com/docs/events-api-v2-overview */
export function pagerDutyBody(alert: Alert, routingKey: string, resolved: boolean): object {
  return {
    routing_key: routingKey,
    event_action: resolved ? 'resolve' : 'trigger',
    // At most 255 characters.
    dedup_key: `onramp/${alert.key}`.slice(0, 255),
    ...(!resolved && {
      payload: {
        // At most 1,024 characters.
        summary: alert.summary.slice(0, 1024),
        source: alert.subject,
        severity: alert.level,
        custom_details: Object.fromEntries(alert.facts),
      },
    }),
  };
}
