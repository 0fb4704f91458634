import type { EntityValue, Moment } from '../../clients/datastore.ts';
import { keyParts } from './keys.ts';

/** A value as a text: numbers with all their digits, times in RFC 3339, bytes in base64, what is nested as JSON. */
export function textOf(value: EntityValue): string {
  switch (value.valueType) {
    case 'stringValue':
      return value.stringValue ?? '';
    case 'booleanValue':
      return String(value.booleanValue === true);
    case 'integerValue':
      return value.integerValue ?? '0';
    case 'doubleValue':
      return String(value.doubleValue);
    case 'timestampValue':
      return momentText(value.timestampValue ?? {});
    case 'blobValue':
      return bytesOf(value).toString('base64');
    case 'keyValue':
      return keyParts(value.keyValue ?? {}).path;
    // Well-known text has the longitude first.
    case 'geoPointValue':
      return `POINT(${value.geoPointValue?.longitude ?? 0} ${value.geoPointValue?.latitude ?? 0})`;
    default:
      return jsonOf(value);
  }
}

/** A value as JSON. Integers have all their digits; a double always has a point or an exponent, so that it stays one. */
export function jsonOf(value: EntityValue): string {
  switch (value.valueType) {
    case undefined:
    case 'nullValue':
      return 'null';
    case 'booleanValue':
    case 'integerValue':
      return textOf(value);
    case 'doubleValue':
      return doubleJson(value.doubleValue ?? 0);
    case 'keyValue': {
      const { id, ...others } = keyParts(value.keyValue ?? {});
      const text = JSON.stringify(others);
      return id === undefined ? text : `${text.slice(0, -1)},"id":${id}}`;
    }
    case 'geoPointValue': {
      const { latitude, longitude } = value.geoPointValue ?? {};
      return `{"latitude":${doubleJson(latitude ?? 0)},"longitude":${doubleJson(longitude ?? 0)}}`;
    }
    case 'arrayValue':
      return `[${(value.arrayValue?.values ?? []).map(jsonOf).join(',')}]`;
    case 'entityValue': {
      const properties = Object.entries(value.entityValue?.properties ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
      return `{${properties.map(([name, nested]) => `${JSON.stringify(name)}:${jsonOf(nested)}`).join(',')}}`;
    }
    default:
      return JSON.stringify(textOf(value));
  }
}

function doubleJson(value: number): string {
  if (!Number.isFinite(value)) return JSON.stringify(String(value));
  const text = Object.is(value, -0) ? '-0' : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** Datastore keeps microseconds, of which as many as there are. */
function momentText({ seconds, nanos }: Moment): string {
  const whole = new Date(Number(seconds ?? 0) * 1000).toISOString().slice(0, 19);
  const fraction = String(nanos ?? 0)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${whole}${fraction === '' ? '' : `.${fraction}`}Z`;
}

export const bytesOf = ({ blobValue }: EntityValue): Buffer =>
  typeof blobValue === 'string' ? Buffer.from(blobValue, 'base64') : Buffer.from(blobValue ?? new Uint8Array());
