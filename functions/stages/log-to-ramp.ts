import type { Publish } from '../clients/publisher.ts';
import type { Registry } from '../clients/registry.ts';
import { JsonMismatch, payloadOfJson } from '../core/codec/payload-of-json.ts';
import { attribute } from '../core/envelope.ts';
import { OnrampError } from '../core/errors.ts';
import { unwrapLogEntry } from '../core/log-entry.ts';
import { parseRampAddress, topics } from '../core/names.ts';
import type { Publishable } from '../core/overflow.ts';
import { done, type Message, type Outcome, type Stage } from '../core/stage.ts';
import { outcomeOfError } from './outcome-of-error.ts';

export interface LogToRamp {
  /** Opens a topic. */
  readonly publisher: (topic: string) => Publish;
  readonly registry: Registry;
}

/** Takes out of log entries what a service printed, and publishes it on the service’s ramp. */
export function createLogToRamp({ publisher, registry }: LogToRamp): Stage {
  const rampMessage = async ({ source, data }: Message): Promise<Publishable> => {
    const ramp = await registry.ramp(source);
    // Between two deployments its subscription may outlive the entry in the catalogue; the message waits for its end.
    if (!ramp.logs) throw new Error(`the ramp ${source} takes no logs any more`);
    const { content, attributes } = unwrapLogEntry(data, ramp.logs);
    if (ramp.logs.payload === 'json' && ramp.schema) return encoded(content.toString(), ramp.schema.name, attributes);
    return { data: content, attributes, orderingKey: '' };
  };

  /** The version is claimed, for another one may be current by the time the message is on its ramp. */
  const encoded = async (
    json: string,
    name: string,
    attributes: Readonly<Record<string, string>>,
  ): Promise<Publishable> => {
    const version = await registry.current(name);
    // No dead letter: nothing is wrong with what was printed, and it waits in its subscription.
    if (version === undefined)
      throw new Error(`of ${name}, the schema of a ramp that takes logs, nothing is published`);
    const { message } = await registry.schema(name, version);
    const claim = { [attribute.schema]: name, [attribute.schemaVersion]: version };
    try {
      return { data: payloadOfJson(message, json), attributes: { ...attributes, ...claim }, orderingKey: '' };
    } catch (error) {
      throw error instanceof JsonMismatch ? new OnrampError('LOG_ENTRY_NOT_OF_SCHEMA', error.message) : error;
    }
  };

  return {
    async handle(messages) {
      const outcomes: Outcome[] = [];
      const groups = new Map<string, { indexes: number[]; ready: Publishable[] }>();
      const prepared = await Promise.allSettled(messages.map(rampMessage));
      messages.forEach(({ source }, index) => {
        const result = prepared[index];
        if (result?.status !== 'fulfilled') {
          outcomes[index] = outcomeOfError(result?.reason);
          return;
        }
        const { service = '', ramp = '' } = parseRampAddress(source) ?? {};
        const topic = topics.ramp(service, ramp);
        let group = groups.get(topic);
        if (!group) groups.set(topic, (group = { indexes: [], ready: [] }));
        group.indexes.push(index);
        group.ready.push(result.value);
      });
      await Promise.all(
        [...groups].map(async ([topic, { indexes, ready }]) => {
          const errors = await publisher(topic)(ready);
          indexes.forEach((index, place) => {
            const error = errors[place];
            outcomes[index] = error === undefined ? done : { kind: 'retry', error };
          });
        }),
      );
      return outcomes;
    },
  };
}
