import { conditionNotMet, invalid, required } from './api-error.ts';
import { storageClassField } from './bucket-record.ts';
import { type Call, jsonOf, objectName, okObject, type Reply } from './call.ts';
import { mayReplace } from './copy-calls.ts';
import { isObject, type JsonObject, mergePatch } from './json.ts';
import type { ObjectRecord } from './object-record.ts';
import { objectSettingsOf } from './object-settings.ts';
import { preconditionsOf } from './preconditions.ts';

/** https://cloud.google.com/storage/docs/composite-objects */
const maxSources = 32;

/** POST compose: joins 1 to 32 objects of one bucket. */
export async function composeObject(call: Call): Promise<Reply> {
  const [bucket = '', name = ''] = call.params;
  const { objects, folder } = call.state;
  call.permit('storage.objects.create', objectName(bucket, name));
  const { sourceObjects, destination } = await jsonOf(call);
  if (!Array.isArray(sourceObjects) || sourceObjects.length === 0) {
    throw required('You must provide at least one source component.');
  }
  if (sourceObjects.length > maxSources) {
    throw invalid(
      `The number of source components provided (${sourceObjects.length}) exceeds the maximum (${maxSources})`,
    );
  }
  const conditions = preconditionsOf(call.query);
  objects.checkCreate(bucket, name, conditions);
  const sources = sourceObjects.map(source => composeSource(call, bucket, source));
  const first = sources[0]?.settings.contentType;
  const resource = isObject(destination) ? destination : {};
  const storageClass = storageClassField(resource);
  const settings = objectSettingsOf(
    mergePatch(first === undefined ? {} : { contentType: first }, resource) as JsonObject,
  );
  // All are opened before the first is read, so that none can vanish in between.
  const streams = sources.map(source => folder.open(source.content).stream(0, source.size));
  const writer = folder.writer();
  try {
    for (const stream of streams) for await (const chunk of stream) await writer.write(chunk as Buffer);
  } catch (error) {
    await writer.discard();
    throw error;
  } finally {
    for (const stream of streams) stream.destroy();
  }
  // A composed object has no MD5.
  const { content, size, crc32c } = await writer.finish();
  const record = objects.create(
    {
      bucket,
      name,
      settings,
      storageClass,
      componentCount: sources.reduce((sum, source) => sum + (source.componentCount ?? 1), 0),
      written: { content, size, crc32c },
    },
    conditions,
    mayReplace(call, bucket, name),
  );
  return okObject(call, record);
}

function composeSource(call: Call, bucket: string, source: unknown): ObjectRecord {
  if (!isObject(source) || typeof source['name'] !== 'string') throw required('A source component needs a name.');
  const { name, generation, objectPreconditions } = source;
  call.permit('storage.objects.get', objectName(bucket, name));
  const asked = generation === undefined ? undefined : Number(generation);
  const record = call.state.objects.find({ bucket, name, generation: asked });
  const wanted = isObject(objectPreconditions) ? objectPreconditions['ifGenerationMatch'] : undefined;
  if (wanted !== undefined && Number(wanted) !== record.generation) throw conditionNotMet();
  return record;
}
