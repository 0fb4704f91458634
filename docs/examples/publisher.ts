/**
 * A service that publishes its payments' changes. `gen/` is what `buf generate` makes of proto/ with protoc-gen-es:
 * https://github.com/bufbuild/protobuf-es/tree/main/packages/protoc-gen-es
 */
import { timestampNow } from '@bufbuild/protobuf/wkt';
import { createPublisher, OnrampError } from 'onramp/client';
import { PaymentEventSchema } from './gen/payment/v1/payment_event_pb.js';

// Locally: PUBSUB_EMULATOR_HOST (docs/local-cloud.md) and the project of the local cloud.
const onramp = createPublisher({
  project: process.env['ONRAMP_PROJECT'] ?? 'acme-data',
  spool: { folder: process.env['ONRAMP_SPOOL'] ?? '/var/lib/payment/onramp' },
});

// The compiler checks messages against the schema, whose name and version go with each of them.
const events = onramp.ramp('payment/payment-event', PaymentEventSchema);

/** For a request: what is answered is safe, in Pub/Sub or on disk. */
async function onPaymentChanged(userId: string): Promise<void> {
  try {
    const receipt = await events.publish(
      { userId, occurredAt: timestampNow() },
      // Events of one user arrive in the order of these calls.
      { orderingKey: userId, attributes: { origin: 'payment-api' } },
    );
    console.log(receipt.at === 'pubsub' ? `published as ${receipt.messageId}` : 'Pub/Sub is away; spooled');
  } catch (error) {
    if (error instanceof OnrampError) console.error(`${error.code}: ${error.detail}`);
    throw error;
  }
}

/** For a loop over many: waits for room in memory in place of each message. */
async function publishAll(userIds: Iterable<string>): Promise<void> {
  for (const userId of userIds) {
    await onramp.room();
    events.publish({ userId, occurredAt: timestampNow() }).catch(console.error);
  }
  await onramp.flush();
}

await onPaymentChanged('user-1');
await publishAll(['user-2', 'user-3']);
// SIGTERM does this by itself.
await onramp.close();
