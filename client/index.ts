/** The publisher library: `import { createPublisher } from 'onramp/client'`. docs/publish.md shows how it is used. */
export { type ErrorCode, OnrampError } from '../functions/core/errors.ts';
export type { LogLayout, PublisherOptions, SpoolOptions } from './options.ts';
export { createPublisher, type Publisher } from './publisher.ts';
export type { PublishOptions, Ramp } from './ramp.ts';
export type { Receipt } from './receipt.ts';
export { type DynamicMessage, type DynamicSchema, dynamicSchema } from './schema/message-schema.ts';
