import { notImplemented } from './api-error.ts';
import { bucketOf } from './buckets.ts';
import { type Call, jsonOf, listedName, noContent, objectName, ok, okObject, type Reply } from './call.ts';
import { listPage } from './listing.ts';
import { mediaReply } from './media.ts';
import { objectResource } from './object-record.ts';
import { patchObjectSettings, replaceObjectSettings } from './object-settings.ts';
import type { ObjectAddress } from './objects.ts';
import { integerParameter, isSet } from './parameters.ts';
import { demandForRead, preconditionsOf } from './preconditions.ts';

/** GET of an object: its metadata, or with `alt=media` its content. */
export async function getObject(call: Call): Promise<Reply> {
  return call.query.get('alt') === 'media' ? getMedia(call) : getMetadata(call);
}

/** GET of an object's content. */
export async function getMedia(call: Call): Promise<Reply> {
  const record = read(call);
  return mediaReply(record, call.state.folder, call.request.headers);
}

function getMetadata(call: Call): Reply {
  return okObject(call, read(call));
}

function read(call: Call) {
  const address = addressOf(call);
  call.permit('storage.objects.get', objectName(address.bucket, address.name));
  const record = call.state.objects.find(address);
  demandForRead(record, preconditionsOf(call.query));
  return record;
}

/** PATCH: what is not sent stays. */
export async function patchObject(call: Call): Promise<Reply> {
  const address = addressOf(call);
  call.permit('storage.objects.update', objectName(address.bucket, address.name));
  const patch = await jsonOf(call);
  const conditions = preconditionsOf(call.query);
  return okObject(
    call,
    call.state.objects.update(address, conditions, settings => patchObjectSettings(settings, patch)),
  );
}

/** PUT: what is not sent is gone. */
export async function updateObject(call: Call): Promise<Reply> {
  const address = addressOf(call);
  call.permit('storage.objects.update', objectName(address.bucket, address.name));
  const resource = await jsonOf(call);
  const conditions = preconditionsOf(call.query);
  return okObject(
    call,
    call.state.objects.update(address, conditions, settings => replaceObjectSettings(settings, resource)),
  );
}

export function deleteObject(call: Call): Reply {
  const address = addressOf(call);
  call.permit('storage.objects.delete', objectName(address.bucket, address.name));
  call.state.objects.remove(address, preconditionsOf(call.query));
  return noContent;
}

const maxPage = 1000;

export function listObjects(call: Call): Reply {
  const [bucket = ''] = call.params;
  const { query, state } = call;
  call.permit('storage.objects.list', listedName(bucket, query.get('prefix') ?? ''));
  bucketOf(state.catalogue, bucket);
  if (isSet(query, 'softDeleted')) throw notImplemented('listing soft-deleted objects');
  const text = (name: string) => query.get(name) ?? '';
  const versions = isSet(query, 'versions');
  const asked = integerParameter(query, 'maxResults') ?? 0;
  const page = listPage(
    {
      prefix: text('prefix'),
      delimiter: text('delimiter'),
      startOffset: text('startOffset'),
      endOffset: text('endOffset'),
      matchGlob: query.get('matchGlob') ?? undefined,
      includeTrailingDelimiter: isSet(query, 'includeTrailingDelimiter'),
      versions,
      maxResults: asked === 0 ? maxPage : Math.min(asked, maxPage),
      pageToken: query.get('pageToken') ?? undefined,
    },
    (from, until, limit) => state.catalogue.scan(bucket, from, until, versions, limit),
  );
  return ok({
    kind: 'storage#objects',
    ...(page.nextPageToken === undefined ? {} : { nextPageToken: page.nextPageToken }),
    ...(page.prefixes.length > 0 ? { prefixes: page.prefixes } : {}),
    ...(page.items.length > 0 ? { items: page.items.map(record => objectResource(record, call.origin)) } : {}),
  });
}

/** The version that the path and `generation` name. */
function addressOf(call: Call): ObjectAddress {
  const [bucket = '', name = ''] = call.params;
  return { bucket, name, generation: integerParameter(call.query, 'generation') };
}
