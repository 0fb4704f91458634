import { randomUUID } from 'node:crypto';
import { attribute } from '../core/envelope.ts';
import { fitsPubsub, type Publishable, referenceTo } from '../core/overflow.ts';
import type { Message } from '../core/stage.ts';
import { decodeMessage, encodeMessage } from '../core/stored-message.ts';
import type { Objects } from './objects.ts';

/**
 * Stores what does not fit into Pub/Sub under `folder` and leaves the rest alone; answers with what to publish. A message
 * that is delivered again is stored again: an account that may only create objects may not write one twice.
 */
export async function spill(message: Publishable, folder: string, overflow: Objects): Promise<Publishable> {
  if (fitsPubsub(message)) return message;
  const object = `${folder}/${randomUUID()}`;
  await overflow.create(object, encodeMessage(message), 'application/octet-stream');
  return referenceTo(object, message);
}

/** Restores a message that `spill` stored. Messages without a reference come back as they are. */
export async function restore(message: Message, overflow: Objects): Promise<Message> {
  const object = message.attributes[attribute.overflow];
  if (object === undefined) return message;
  const content = await overflow.read(object);
  if (!content) throw new Error(`the overflow bucket has no object ${object}`);
  const { attributes, data } = decodeMessage(content);
  // What was added on the way, such as a dead letter's reason, is on the reference only.
  const own = Object.entries(message.attributes).filter(([key]) => key !== attribute.overflow);
  return { ...message, attributes: { ...attributes, ...Object.fromEntries(own) }, data };
}
