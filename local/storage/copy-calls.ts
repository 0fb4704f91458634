import { invalid } from './api-error.ts';
import { storageClassField } from './bucket-record.ts';
import { type Call, jsonOf, objectName, ok, okObject, type Reply } from './call.ts';
import type { JsonObject } from './json.ts';
import type { ObjectRecord } from './object-record.ts';
import { objectSettingsOf } from './object-settings.ts';
import type { NewVersion, ObjectAddress } from './objects.ts';
import { integerParameter } from './parameters.ts';
import { demand, preconditionsOf } from './preconditions.ts';

/** POST copyTo: answers with the new object. */
export async function copyObject(call: Call): Promise<Reply> {
  return okObject(call, await copy(call));
}

/** POST rewriteTo: always done in one call, whatever the size. */
export async function rewriteObject(call: Call): Promise<Reply> {
  const record = await copy(call);
  const resource = okObject(call, record).body;
  return ok({
    kind: 'storage#rewriteResponse',
    totalBytesRewritten: String(record.size),
    objectSize: String(record.size),
    done: true,
    resource,
  });
}

async function copy(call: Call): Promise<ObjectRecord> {
  const [bucket = '', name = '', toBucket = '', toName = ''] = call.params;
  call.permit('storage.objects.get', objectName(bucket, name));
  call.permit('storage.objects.create', objectName(toBucket, toName));
  const resource = await jsonOf(call);
  const generation = integerParameter(call.query, 'sourceGeneration');
  const { version } = await copied(call, { bucket, name, generation }, { bucket: toBucket, name: toName }, resource);
  return call.state.objects.create(version, preconditionsOf(call.query), mayReplace(call, toBucket, toName));
}

/** POST moveTo: within one bucket, and for everybody in the same moment. */
export async function moveObject(call: Call): Promise<Reply> {
  const [bucket = '', name = '', toName = ''] = call.params;
  call.permit('storage.objects.move', objectName(bucket, name));
  call.permit('storage.objects.create', objectName(bucket, toName));
  if (name === toName) throw invalid('The source and the destination of a move must differ.');
  const source = { bucket, name };
  const { version, record } = await copied(call, source, { bucket, name: toName }, {});
  // Should the source have changed while it was copied, the move must not take place.
  const sourceConditions = { ...preconditionsOf(call.query, 'ifSource'), generationMatch: record.generation };
  const conditions = preconditionsOf(call.query);
  return okObject(
    call,
    call.state.objects.move(source, sourceConditions, version, conditions, mayReplace(call, bucket, toName)),
  );
}

/** Copies the content of a source, and says what version it makes. Metadata that is sent takes the place of the source's. */
async function copied(
  call: Call,
  source: ObjectAddress,
  to: { readonly bucket: string; readonly name: string },
  resource: JsonObject,
): Promise<{ version: NewVersion; record: ObjectRecord }> {
  const { objects, folder } = call.state;
  const record = objects.find(source);
  demand(record, preconditionsOf(call.query, 'ifSource'));
  objects.checkCreate(to.bucket, to.name, preconditionsOf(call.query));
  const settings = Object.keys(resource).length > 0 ? objectSettingsOf(resource) : record.settings;
  const content = await folder.copy(record.content);
  return {
    record,
    version: {
      ...to,
      settings,
      storageClass: storageClassField(resource),
      componentCount: record.componentCount,
      written: { content, size: record.size, crc32c: record.crc32c, md5Hash: record.md5Hash },
    },
  };
}

/** Overwriting an object needs the permission to delete it. */
export const mayReplace = (call: Call, bucket: string, name: string) => () =>
  call.permit('storage.objects.delete', objectName(bucket, name));
