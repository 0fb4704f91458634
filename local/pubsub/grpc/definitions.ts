import { createRequire } from 'node:module';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { decodePublishRequest } from '../message-codec.ts';

/** The service definitions that ship with Google's own client, so that both sides agree field by field. */
const protos: unknown = createRequire(import.meta.url)('@google-cloud/pubsub/build/protos/protos.json');

const loaded = fromJSON(protos as Parameters<typeof fromJSON>[0], {
  longs: Number,
  enums: String,
  defaults: true,
});

const service = (name: string) => loaded[`google.pubsub.v1.${name}`] as ServiceDefinition;

/** Sends what is serialised already. */
const asItIs = (bytes: Buffer) => bytes;

function withCodec(name: string, codecs: Readonly<Record<string, object>>): ServiceDefinition {
  const methods = Object.entries(service(name)).map(([method, definition]) => [
    method,
    { ...definition, ...codecs[method] },
  ]);
  return Object.fromEntries(methods) as ServiceDefinition;
}

/** Messages are read and written by our own codec; everything else by protobufjs. */
export const publisherDefinition = withCodec('Publisher', {
  Publish: {
    requestDeserialize: (bytes: Buffer) => ({ ...decodePublishRequest(bytes), requestBytes: bytes.length }),
  },
});

export const subscriberDefinition = withCodec('Subscriber', {
  Pull: { responseSerialize: asItIs },
  StreamingPull: { responseSerialize: asItIs },
});

export const schemaDefinition = service('SchemaService');
