import { invalid } from './api-error.ts';
import type { Place } from './catalogue.ts';
import { globPattern } from './glob.ts';
import type { ObjectRecord } from './object-record.ts';

/** What a caller asks of a listing. https://cloud.google.com/storage/docs/json_api/v1/objects/list */
export interface ListQuery {
  readonly prefix: string;
  readonly delimiter: string;
  /** First name, inclusive; empty for none. */
  readonly startOffset: string;
  /** Name to stop before; empty for none. */
  readonly endOffset: string;
  readonly matchGlob?: string | undefined;
  /** Objects whose name ends with the delimiter are listed as objects too. */
  readonly includeTrailingDelimiter: boolean;
  readonly versions: boolean;
  /** Objects and prefixes together. */
  readonly maxResults: number;
  readonly pageToken?: string | undefined;
}

interface ListPage {
  readonly items: ObjectRecord[];
  readonly prefixes: string[];
  readonly nextPageToken: string | undefined;
}

/** Gives versions in order from a place on, before the name `until`. */
export type Scan = (from: Place, until: Uint8Array | undefined, limit: number) => ObjectRecord[];

const scanRows = 500;

/** One page. Of the rows under a common prefix no more are read than come with a scan. */
export function listPage(query: ListQuery, scan: Scan): ListPage {
  const { prefix, delimiter, maxResults } = query;
  const glob = query.matchGlob === undefined ? undefined : globPattern(query.matchGlob);
  const until = earliest(successor(Buffer.from(prefix)), query.endOffset ? Buffer.from(query.endOffset) : undefined);
  const items: ObjectRecord[] = [];
  const prefixes: string[] = [];
  let from = query.pageToken === undefined ? firstPlace(query) : placeOf(query.pageToken);

  for (;;) {
    const rows = scan(from, until, Math.min(scanRows, maxResults + 1));
    for (const row of rows) {
      const here = { name: Buffer.from(row.name), generation: row.generation };
      // Under the last prefix.
      if (Buffer.compare(here.name, from.name) < 0) continue;
      if (glob && !glob.test(row.name)) {
        from = { ...here, generation: here.generation + 1 };
        continue;
      }
      const cut = delimiter ? row.name.indexOf(delimiter, prefix.length) : -1;
      const common = cut < 0 ? undefined : row.name.slice(0, cut + delimiter.length);
      const isItem = common === undefined || (query.includeTrailingDelimiter && common === row.name);
      const isNewPrefix = common !== undefined && prefixes.at(-1) !== common;
      const added = (isItem ? 1 : 0) + (isNewPrefix ? 1 : 0);
      const found = items.length + prefixes.length;
      // A page holds at least one entry, so that paging always ends; what is under its last prefix adds nothing.
      if (added > 0 && found > 0 && found + added > maxResults)
        return { items, prefixes, nextPageToken: tokenOf(here) };
      if (isItem) items.push(row);
      if (isNewPrefix) prefixes.push(common);
      if (isItem) {
        from = { ...here, generation: here.generation + 1 };
      } else {
        const next = successor(Buffer.from(common));
        if (!next) return { items, prefixes, nextPageToken: undefined };
        from = { name: next, generation: 0 };
      }
    }
    if (rows.length < Math.min(scanRows, maxResults + 1)) {
      return { items, prefixes, nextPageToken: undefined };
    }
  }
}

function firstPlace(query: ListQuery): Place {
  const prefix = Buffer.from(query.prefix);
  const start = Buffer.from(query.startOffset);
  const name = Buffer.compare(prefix, start) > 0 ? prefix : start;
  // No name is shorter than a byte, and SQLite takes an empty one for NULL.
  return { name: name.length > 0 ? name : Buffer.alloc(1), generation: 0 };
}

/** The least byte string that is greater than everything that starts with `bytes`; undefined when there is none. */
function successor(bytes: Uint8Array): Uint8Array | undefined {
  for (let at = bytes.length - 1; at >= 0; at--) {
    const byte = bytes[at] ?? 0xff;
    if (byte < 0xff) return Buffer.concat([bytes.subarray(0, at), Buffer.of(byte + 1)]);
  }
  return undefined;
}

function earliest(a: Uint8Array | undefined, b: Uint8Array | undefined): Uint8Array | undefined {
  if (!a || !b) return a ?? b;
  return Buffer.compare(a, b) < 0 ? a : b;
}

const tokenOf = (place: Place) =>
  Buffer.from(JSON.stringify([Buffer.from(place.name).toString('base64'), place.generation])).toString('base64url');

function placeOf(token: string): Place {
  try {
    const [name, generation] = JSON.parse(Buffer.from(token, 'base64url').toString()) as [unknown, unknown];
    if (typeof name === 'string' && name !== '' && typeof generation === 'number') {
      return { name: Buffer.from(name, 'base64'), generation };
    }
  } catch {
    // Not one of ours: refused below.
  }
  throw invalid(`Invalid pageToken: '${token}'`);
}
