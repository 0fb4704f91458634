import { ApiError, invalid, notImplemented, required } from './api-error.ts';
import { storageClassField } from './bucket-record.ts';
import { bodyOf, type Call, jsonOf, objectName, okObject, type Reply } from './call.ts';
import type { ContentWriter } from './content.ts';
import { checkHashes, type DeclaredHashes, hashesOfHeaders, hashesOfResource } from './declared-hashes.ts';
import type { JsonObject } from './json.ts';
import { readMultipart } from './multipart.ts';
import type { ObjectRecord } from './object-record.ts';
import { objectSettingsOf } from './object-settings.ts';
import { preconditionsOf } from './preconditions.ts';
import type { UploadPlan } from './resumable-uploads.ts';

/** POST of an upload: the whole object in one request, or the beginning of a resumable one. */
export async function insertObject(call: Call): Promise<Reply> {
  if (call.query.has('predefinedAcl')) throw notImplemented('access control lists (predefinedAcl)');
  switch (call.query.get('uploadType')) {
    case 'media':
      return insertMedia(call);
    case 'multipart':
      return insertMultipart(call);
    case 'resumable':
      return beginResumable(call);
    default:
      throw invalid('The uploadType must be media, multipart or resumable.');
  }
}

async function insertMedia(call: Call): Promise<Reply> {
  const plan = planOf(call, {}, call.request.headers['content-type']);
  checkPlan(call, plan);
  return upload(call, async writer => {
    for await (const chunk of bodyOf(call.request)) await writer.write(chunk);
    return plan;
  });
}

async function insertMultipart(call: Call): Promise<Reply> {
  const { name } = Object.fromEntries(call.query);
  // With the name in the query, a refusal need not wait for the content.
  if (name !== undefined) checkPlan(call, planOf(call, {}, undefined));
  return upload(call, async writer => {
    const contentType = call.request.headers['content-type'] ?? '';
    const { resource, mediaType } = await readMultipart(contentType, bodyOf(call.request), bytes =>
      writer.write(bytes),
    );
    const plan = planOf(call, resource, mediaType);
    checkPlan(call, plan);
    return plan;
  });
}

async function beginResumable(call: Call): Promise<Reply> {
  const { headers } = call.request;
  const announced = headers['x-upload-content-length'];
  const type = headers['x-upload-content-type'];
  const plan = {
    ...planOf(call, await jsonOf(call), typeof type === 'string' ? type : undefined),
    size: typeof announced === 'string' && /^\d+$/.test(announced) ? Number(announced) : undefined,
  };
  checkPlan(call, plan);
  const { id } = call.state.uploads.begin(plan);
  const query = new URLSearchParams({ uploadType: 'resumable', name: plan.name, upload_id: id });
  return {
    status: 200,
    headers: {
      location: `${call.origin}/upload/storage/v1/b/${plan.bucket}/o?${query.toString()}`,
      'x-guploader-uploadid': id,
    },
  };
}

/** What the upload will become, from the query, the resource that the caller sent and the type of the content. */
function planOf(call: Call, resource: JsonObject, mediaType: string | undefined): UploadPlan {
  const [bucket = ''] = call.params;
  const { query } = call;
  const name = query.get('name') ?? resource['name'];
  if (typeof name !== 'string') throw required('Required parameter: name');
  const contentEncoding = query.get('contentEncoding');
  return {
    bucket,
    name,
    settings: objectSettingsOf({
      ...(mediaType === undefined ? {} : { contentType: mediaType }),
      ...(contentEncoding === null ? {} : { contentEncoding }),
      ...resource,
    }),
    storageClass: storageClassField(resource),
    conditions: preconditionsOf(query),
    hashes: hashesOfResource(resource),
    size: undefined,
  };
}

function checkPlan(call: Call, plan: UploadPlan): void {
  call.permit('storage.objects.create', objectName(plan.bucket, plan.name));
  call.state.objects.checkCreate(plan.bucket, plan.name, plan.conditions);
}

async function upload(call: Call, receive: (writer: ContentWriter) => Promise<UploadPlan>): Promise<Reply> {
  const writer = call.state.folder.writer();
  const receiveAll = async () => {
    const plan = await receive(writer);
    return finish(call, plan, writer, hashesOfHeaders(call.request.headers));
  };
  const record = await receiveAll().catch(async (error: unknown) => {
    await writer.discard();
    throw error;
  });
  return okObject(call, record);
}

/** Makes what was written an object. Throws, with nothing made, when it is not what the caller declared. */
export async function finish(
  call: Call,
  plan: UploadPlan,
  writer: ContentWriter,
  hashes: DeclaredHashes,
): Promise<ObjectRecord> {
  const written = await writer.finish();
  checkHashes(plan.hashes, written);
  checkHashes(hashes, written);
  if (plan.size !== undefined && plan.size !== written.size) {
    throw new ApiError(400, 'invalid', `The upload has ${written.size} bytes; ${plan.size} were announced.`);
  }
  const { bucket, name } = plan;
  return call.state.objects.create({ ...plan, written }, plan.conditions, () =>
    call.permit('storage.objects.delete', objectName(bucket, name)),
  );
}
