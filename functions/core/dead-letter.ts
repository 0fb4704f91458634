import type { DeadLetterFacts } from './codec/dead-letter-record.ts';
import { attribute, deadLetterAttribute, type Event, eventOfHubMessage } from './envelope.ts';
import { errorCatalogue } from './errors.ts';
import type { Publishable } from './overflow.ts';
import { cutAttribute } from './pubsub-limits.ts';
import type { Message } from './stage.ts';
import { type StageId, stageIds } from './wiring.ts';

/** An event that was set aside, and why. */
export interface DeadLetter {
  readonly event: Event;
  readonly facts: DeadLetterFacts;
}

/** The message that carries a dead letter: the one that was delivered, with the facts added as attributes. */
export function messageOfDeadLetter(message: Message, facts: DeadLetterFacts): Publishable {
  return {
    data: message.data,
    orderingKey: message.orderingKey,
    attributes: {
      ...message.attributes,
      ...originOfLogEntry(message, facts.stage),
      [deadLetterAttribute.stage]: facts.stage,
      [deadLetterAttribute.reason]: facts.reason,
      [deadLetterAttribute.detail]: cutAttribute(facts.detail),
      [deadLetterAttribute.time]: facts.time,
    },
  };
}

/** A log entry is not on its ramp yet and has no facts, but its source names the ramp. */
function originOfLogEntry({ id, publishTime, source }: Message, stage: string): Record<string, string> {
  if (stage !== 'log-to-ramp') return {};
  return {
    [attribute.ramp]: source,
    [attribute.eventId]: `log/${source}/${id}`,
    [attribute.publishTime]: publishTime,
  };
}

/** The attributes that Pub/Sub adds when it gives a message up; see https://cloud.google.com/pubsub/docs/handling-failures */
const givenUp = {
  subscription: 'CloudPubSubDeadLetterSourceSubscription',
  deliveries: 'CloudPubSubDeadLetterSourceDeliveryCount',
  publishTime: 'CloudPubSubDeadLetterSourceTopicPublishTime',
} as const;

/** Reads a dead letter that a stage sent, or that Pub/Sub forwarded when it gave up delivering. */
export function deadLetterOfMessage(message: Message): DeadLetter {
  const { attributes } = message;
  const reason = attributes[deadLetterAttribute.reason];
  const time = attributes[deadLetterAttribute.time] ?? message.publishTime;
  if (reason !== undefined && reason in errorCatalogue) {
    const stage = stageOf(attributes[deadLetterAttribute.stage]);
    const detail = attributes[deadLetterAttribute.detail] ?? '';
    return { event: eventOfHubMessage(message), facts: { stage, reason: reason, detail, time } };
  }
  const subscription = attributes[givenUp.subscription] ?? 'an unknown subscription';
  return {
    event: eventOfGivenUp(message, subscription),
    facts: {
      stage: stageOf(subscription),
      reason: 'DELIVERY_EXHAUSTED',
      detail: `${subscription} delivered it ${attributes[givenUp.deliveries] ?? 'many'} times`,
      time,
    },
  };
}

/** A message given up on its way to the hub has no facts yet, but its subscription names its ramp. */
function eventOfGivenUp(message: Message, subscription: string): Event {
  const event = eventOfHubMessage(message);
  const publishTime = message.attributes[givenUp.publishTime] ?? event.publishTime;
  if (message.attributes[attribute.ramp] !== undefined) return event;
  return { ...event, ramp: `unknown/${subscription}`, eventId: `${subscription}/${message.id}`, publishTime };
}

function stageOf(text: string | undefined): StageId {
  return stageIds.find(id => text === id || text?.startsWith(`${id}-`)) ?? 'ramp-to-hub';
}
