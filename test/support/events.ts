import { create, toBinary } from '@bufbuild/protobuf';
import { compileSchemas } from '../../infra/schemas.ts';
import { repository } from './local-cloud.ts';

const { schemas } = compileSchemas(repository);

/** The payload of a message of the example schemas. */
export function payload(name: string, value: Record<string, unknown>): Buffer {
  const message = schemas?.get(name)?.schema.message;
  if (!message) throw new Error(`no example schema is called ${name}`);
  return Buffer.from(toBinary(message, create(message, value)));
}

/** A departure whose distance tells it from others. */
export const departure = (distanceMiles: number): Buffer =>
  payload('flights.v1.Departure', { distanceMiles, punctuality: 1, arrival: { delayMinutes: -3 } });
