import { ApiError } from './api-error.ts';
import { bucketOf } from './buckets.ts';
import { bucketName, type Call, jsonOf, noContent, ok, type Reply } from './call.ts';
import { notificationConfigOf, notificationResource } from './notification-config.ts';

export async function insertNotification(call: Call): Promise<Reply> {
  const [bucket = ''] = call.params;
  const { catalogue } = call.state;
  call.permit('storage.buckets.update', bucketName(bucket));
  bucketOf(catalogue, bucket);
  const resource = await jsonOf(call);
  // Checked first, so that a refused one uses up no number.
  notificationConfigOf('', resource);
  const config = notificationConfigOf(String(catalogue.next('notification', 1)), resource);
  catalogue.putNotification(bucket, config);
  return ok(notificationResource(bucket, config, call.origin));
}

export function listNotifications(call: Call): Reply {
  const [bucket = ''] = call.params;
  call.permit('storage.buckets.get', bucketName(bucket));
  bucketOf(call.state.catalogue, bucket);
  const configs = call.state.catalogue.notifications(bucket);
  const items = configs.map(config => notificationResource(bucket, config, call.origin));
  return ok({ kind: 'storage#notifications', ...(items.length > 0 ? { items } : {}) });
}

export function getNotification(call: Call): Reply {
  const [bucket = '', id = ''] = call.params;
  call.permit('storage.buckets.get', bucketName(bucket));
  bucketOf(call.state.catalogue, bucket);
  const config = call.state.catalogue.notifications(bucket).find(one => one.id === id);
  if (!config) throw noSuchNotification(id);
  return ok(notificationResource(bucket, config, call.origin));
}

export function deleteNotification(call: Call): Reply {
  const [bucket = '', id = ''] = call.params;
  call.permit('storage.buckets.update', bucketName(bucket));
  bucketOf(call.state.catalogue, bucket);
  if (!call.state.catalogue.deleteNotification(bucket, id)) throw noSuchNotification(id);
  return noContent;
}

const noSuchNotification = (id: string) => new ApiError(404, 'notFound', `No such notification configuration: ${id}`);
