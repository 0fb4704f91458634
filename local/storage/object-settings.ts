import { invalid, notImplemented } from './api-error.ts';
import { isObject, type JsonObject, mergePatch, pick } from './json.ts';

/** What a caller may set on an object, beside its content. */
export interface ObjectSettings {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly contentDisposition?: string;
  readonly contentLanguage?: string;
  readonly cacheControl?: string;
  readonly customTime?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

const textKeys = [
  'contentType',
  'contentEncoding',
  'contentDisposition',
  'contentLanguage',
  'cacheControl',
  'customTime',
] as const;

const keys = [...textKeys, 'metadata'];

/** https://cloud.google.com/storage/quotas#objects: all keys and values of custom metadata together. */
const maxMetadataBytes = 8 * 1024;

/** Reads the settings in an object resource that a caller sent. Fields that only the product sets are passed over. */
export function objectSettingsOf(resource: JsonObject): ObjectSettings {
  if (resource['temporaryHold'] === true || resource['eventBasedHold'] === true) throw notImplemented('object holds');
  if (isObject(resource['retention'])) throw notImplemented('object retention');
  if (Array.isArray(resource['acl']) && resource['acl'].length > 0) throw notImplemented('access control lists');
  const settings = pick(resource, keys);
  for (const key of textKeys) {
    const value = settings[key];
    // These become HTTP headers of a download.
    if (value !== undefined && (typeof value !== 'string' || !/^[\t\x20-\x7e\x80-\uffff]*$/.test(value))) {
      throw invalid(`Invalid value for ${key}.`);
    }
  }
  checkCustomTime(settings['customTime']);
  if (settings['metadata'] !== undefined) settings['metadata'] = customMetadata(settings['metadata']);
  return settings;
}

/** The settings after a PATCH: null removes, absent fields and custom keys stay. */
export function patchObjectSettings(current: ObjectSettings, patch: JsonObject): ObjectSettings {
  const patched = objectSettingsOf(mergePatch(current, patch) as JsonObject);
  checkCustomTimeChange(current.customTime, patched.customTime);
  return patched;
}

/** The settings after an update (PUT): what is not sent is gone, save the custom time. */
export function replaceObjectSettings(current: ObjectSettings, resource: JsonObject): ObjectSettings {
  const replaced = objectSettingsOf(resource);
  const customTime = replaced.customTime ?? current.customTime;
  checkCustomTimeChange(current.customTime, customTime);
  return customTime === undefined ? replaced : { ...replaced, customTime };
}

function checkCustomTime(value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT/.test(value) || Number.isNaN(Date.parse(value))) {
    throw invalid('Invalid value for customTime: it must be an RFC 3339 time.');
  }
}

/** https://cloud.google.com/storage/docs/metadata#custom-time: once set it cannot be removed or set to an earlier time. */
function checkCustomTimeChange(from: string | undefined, to: string | undefined): void {
  if (from !== undefined && (to === undefined || Date.parse(to) < Date.parse(from))) {
    throw invalid('Custom time cannot be removed or set to an earlier time.');
  }
}

function customMetadata(value: unknown): Record<string, string> | undefined {
  if (!isObject(value)) throw invalid('Invalid value for metadata: it must be an object of strings.');
  let bytes = 0;
  const metadata: Record<string, string> = {};
  for (const [key, text] of Object.entries(value)) {
    if (text === null) continue;
    if (typeof text !== 'string') throw invalid(`Invalid value for metadata.${key}: it must be a string.`);
    bytes += Buffer.byteLength(key) + Buffer.byteLength(text);
    metadata[key] = text;
  }
  if (bytes > maxMetadataBytes) {
    throw invalid(`The custom metadata has ${bytes} bytes, and may have ${maxMetadataBytes}.`);
  }
  return Object.keys(metadata).length > 0 ? metadata : undefined;
}
