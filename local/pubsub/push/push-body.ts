import type { Lease } from '../delivery/delivery.ts';
import { publishTimeOf } from '../message.ts';

/**
 * The JSON of a push request: https://cloud.google.com/pubsub/docs/push#receive_push. `deliveryAttempt` is there only
 * when the subscription has a dead-letter policy. Put together by hand, since it is made once per message.
 */
export function pushBody(lease: Lease, subscription: string, withAttempt: boolean): Buffer {
  const { message } = lease;
  const time = publishTimeOf(message);
  const data = Buffer.from(message.data.buffer, message.data.byteOffset, message.data.length).toString('base64');
  const key = message.orderingKey === '' ? '' : `"orderingKey":${JSON.stringify(message.orderingKey)},`;
  const attempt = withAttempt ? `,"deliveryAttempt":${lease.attempt}` : '';
  return Buffer.from(
    `{"message":{"attributes":${JSON.stringify(message.attributes)},"data":"${data}",` +
      `"messageId":"${message.id}","message_id":"${message.id}",${key}` +
      `"publishTime":"${time}","publish_time":"${time}"},` +
      `"subscription":${JSON.stringify(subscription)}${attempt}}`,
  );
}
