import { ApiError, invalid, notImplemented } from './api-error.ts';
import {
  getBucket,
  getPolicy,
  getServiceAccount,
  getStorageLayout,
  insertBucket,
  listBuckets,
  listManagedFolders,
  removeBucket,
  setPolicy,
  testPermissions,
  updateBucket,
} from './bucket-calls.ts';
import type { Call, Reply } from './call.ts';
import { composeObject } from './compose-call.ts';
import { copyObject, moveObject, rewriteObject } from './copy-calls.ts';
import { deleteNotification, getNotification, insertNotification, listNotifications } from './notification-calls.ts';
import { deleteObject, getMedia, getObject, listObjects, patchObject, updateObject } from './object-calls.ts';
import { cancelResumable, continueResumable } from './resumable-calls.ts';
import { insertObject } from './upload-calls.ts';

type Handler = (call: Call) => Reply | Promise<Reply>;

/** A request's place: which handler, and with what. */
export interface Match {
  readonly handler: Handler;
  readonly params: readonly string[];
  readonly query: URLSearchParams;
  /** A download's errors are plain text, as the product's are. */
  readonly isMedia: boolean;
}

/** The ways in, each with the path that it starts with; the client library uses them all. */
const surfaces = [
  { name: 'upload', prefix: /^\/(?:resumable\/)?upload\/storage\/v1\// },
  { name: 'download', prefix: /^\/download\/storage\/v1\// },
  { name: 'api', prefix: /^\/storage\/v1\// },
  { name: 'batch', prefix: /^\/batch\// },
  // With STORAGE_EMULATOR_HOST the client leaves /storage/v1 out. No bucket is called "b": names have 3 characters.
  { name: 'api', prefix: /^\/(?=b(?:\/|$)|projects\/)/ },
  { name: 'xml', prefix: /^\// },
] as const;

type Surface = (typeof surfaces)[number]['name'];

/** A star stands for one segment, which is decoded and handed to the handler. */
const routes: readonly (readonly [method: string, surface: Surface, path: string, handler: Handler])[] = [
  ['POST', 'upload', 'b/*/o', insertObject],
  ['PUT', 'upload', 'b/*/o', continueResumable],
  ['DELETE', 'upload', 'b/*/o', cancelResumable],
  ['GET', 'api', 'b/*/o', listObjects],
  ['GET', 'api', 'b/*/o/*', getObject],
  ['PATCH', 'api', 'b/*/o/*', patchObject],
  ['PUT', 'api', 'b/*/o/*', updateObject],
  ['DELETE', 'api', 'b/*/o/*', deleteObject],
  ['POST', 'api', 'b/*/o/*/compose', composeObject],
  ['POST', 'api', 'b/*/o/*/rewriteTo/b/*/o/*', rewriteObject],
  ['POST', 'api', 'b/*/o/*/copyTo/b/*/o/*', copyObject],
  ['POST', 'api', 'b/*/o/*/moveTo/o/*', moveObject],
  ['GET', 'download', 'b/*/o/*', getMedia],
  ['GET', 'xml', '*/*', getMedia],
  ['GET', 'api', 'b', listBuckets],
  ['POST', 'api', 'b', insertBucket],
  ['GET', 'api', 'b/*', getBucket],
  ['PATCH', 'api', 'b/*', updateBucket],
  ['DELETE', 'api', 'b/*', removeBucket],
  ['GET', 'api', 'b/*/storageLayout', getStorageLayout],
  ['GET', 'api', 'b/*/managedFolders', listManagedFolders],
  ['GET', 'api', 'b/*/iam', getPolicy],
  ['PUT', 'api', 'b/*/iam', setPolicy],
  ['GET', 'api', 'b/*/iam/testPermissions', testPermissions],
  ['GET', 'api', 'b/*/notificationConfigs', listNotifications],
  ['POST', 'api', 'b/*/notificationConfigs', insertNotification],
  ['GET', 'api', 'b/*/notificationConfigs/*', getNotification],
  ['DELETE', 'api', 'b/*/notificationConfigs/*', deleteNotification],
  ['GET', 'api', 'projects/*/serviceAccount', getServiceAccount],
];

const compiled = routes.map(([method, surface, path, handler]) => ({
  method,
  surface,
  path: path.split('/'),
  handler,
}));

/** Finds the handler of a request by its method and its target as it came. Throws 400, and 501 for what has none. */
export function route(method: string, target: string): Match {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1));
  for (const signature of ['X-Goog-Signature', 'Signature']) {
    if (query.has(signature)) throw invalid('The Cloud Storage stand-in does not support signed URLs.');
  }
  const surface = surfaces.find(({ prefix }) => prefix.test(path));
  if (!surface) throw invalid(`Invalid request target: ${target}`);
  const segments = path.replace(surface.prefix, '').split('/');
  for (const candidate of compiled) {
    if (candidate.method !== method || candidate.surface !== surface.name) continue;
    const params = matchPath(candidate.path, surface.name === 'xml' ? xmlSegments(segments) : segments);
    if (!params) continue;
    const isMedia = candidate.handler === getMedia || (candidate.handler === getObject && query.get('alt') === 'media');
    return { handler: candidate.handler, params, query, isMedia };
  }
  throw notImplemented(`${method} ${path}`);
}

function matchPath(pattern: readonly string[], segments: readonly string[]): string[] | undefined {
  if (pattern.length !== segments.length) return undefined;
  const matches = pattern.every((part, at) => (part === '*' ? segments[at] !== '' : part === segments[at]));
  if (!matches) return undefined;
  return segments.filter((_, at) => pattern[at] === '*').map(decode);
}

/** In the XML API the slashes of an object's name are not encoded. */
const xmlSegments = ([bucket = '', ...rest]: readonly string[]) => [bucket, rest.join('/')];

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new ApiError(400, 'invalid', `The path is not valid percent-encoded UTF-8: ${segment}`);
  }
}
