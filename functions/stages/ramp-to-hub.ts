import { hash } from 'node:crypto';
import type { Objects } from '../clients/objects.ts';
import { spill } from '../clients/overflow.ts';
import type { Publish } from '../clients/publisher.ts';
import type { Registry } from '../clients/registry.ts';
import { attributesOfEvent, eventOfRampMessage } from '../core/envelope.ts';
import type { Publishable } from '../core/overflow.ts';
import { done, type Message, type Outcome, type Stage } from '../core/stage.ts';

export interface RampToHub {
  readonly publish: Publish;
  readonly registry: Pick<Registry, 'ramp' | 'current'>;
  readonly overflow: Objects;
}

/**
 * Carries every message of every ramp to the hub: payload and order key unchanged, the publisher's attributes kept,
 * Onramp's facts added. It never looks into a payload, so nothing about a message can make it fail.
 */
export function createRampToHub({ publish, registry, overflow }: RampToHub): Stage {
  const hubMessage = async (message: Message): Promise<Publishable> => {
    const { schema } = await registry.ramp(message.source);
    const declared = schema && { name: schema.name, current: await registry.current(schema.name) };
    const event = eventOfRampMessage(message, declared, hash('sha256', message.data, 'hex'));
    const onHub = { data: message.data, attributes: attributesOfEvent(event), orderingKey: message.orderingKey };
    return spill(onHub, event.eventId, overflow);
  };

  return {
    async handle(messages) {
      const prepared = await Promise.allSettled(messages.map(hubMessage));
      const ready = prepared.filter(result => result.status === 'fulfilled').map(result => result.value);
      const errors = (await publish(ready)).values();
      return prepared.map((result): Outcome => {
        const error: unknown = result.status === 'rejected' ? result.reason : errors.next().value;
        return error === undefined ? done : { kind: 'retry', error };
      });
    },
  };
}
