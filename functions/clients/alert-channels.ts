import { type Alert, type AlertTarget, pagerDutyBody, slackBody } from '../core/batch/alert.ts';
import { type Connection } from '../core/batch/connection.ts';

/** Tells people of alerts. */
export interface AlertChannels {
  /** Resolves when the target has taken it; rejects when it has not. */
  tell(target: AlertTarget, alert: Alert, resolved: boolean): Promise<void>;
}

export interface AlertChannelOptions {
  /** The connection that a target names; undefined when there is none any more. */
  readonly connection: (service: string, id: string) => Promise<Connection | undefined>;
  /** The value of a secret, by its reference. */
  readonly secret: (reference: string) => string;
  /** Where PagerDuty, Slack and Slack’s webhooks are instead of at their own addresses. */
  readonly pagerDutyUrl?: string;
  readonly slackUrl?: string;
  readonly webhookUrl?: string;
}

/** How long a service may take to answer. */
const answerMillis = 10_000;

export function createAlertChannels({
  connection,
  secret,
  pagerDutyUrl = 'https://events.pagerduty.com/v2/enqueue',
  slackUrl = 'https://slack.com/api/chat.postMessage',
  webhookUrl,
}: AlertChannelOptions): AlertChannels {
  return {
    async tell(target, alert, resolved) {
      const used = await connection(target.service, target.connection);
      if (target.kind === 'pagerduty' && used?.kind === 'pagerduty') {
        await post(pagerDutyUrl, pagerDutyBody(alert, secret(used.routingKey), resolved));
      } else if (target.kind === 'slack' && used?.kind === 'slack') {
        const body = slackBody(alert, target.channel, resolved);
        if ('webhook' in used) await post(webhookUrl ?? secret(used.webhook), body);
        else await post(slackUrl, body, secret(used.token));
      } else {
        throw new Error(`the service ${target.service} has no ${target.kind} connection ${target.connection}`);
      }
    },
  };
}

/** Of the local cloud, which catches all; none on Google Cloud. */
export function caughtLocally(
  host: string | undefined,
): Pick<AlertChannelOptions, 'pagerDutyUrl' | 'slackUrl' | 'webhookUrl'> {
  if (!host) return {};
  const alerts = `http://${host}/alerts`;
  return { pagerDutyUrl: `${alerts}/pagerduty`, slackUrl: `${alerts}/slack`, webhookUrl: `${alerts}/slack` };
}

async function post(url: string, body: object, token?: string): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(answerMillis),
  });
  const text = await response.text();
  // The address is not told: a webhook's is a secret.
  if (!response.ok) throw new Error(`it answered HTTP ${response.status}`);
  // Slack's API answers 200 to what it refuses: https://docs.slack.dev/apis/web-api#responses
  const answer = parsed(text);
  if (answer?.ok === false) throw new Error(`Slack refused it: ${answer.error ?? 'no reason given'}`);
}

function parsed(text: string): { ok?: boolean; error?: string } | undefined {
  try {
    return JSON.parse(text) as { ok?: boolean; error?: string };
  } catch {
    return undefined;
  }
}
