import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Place } from '../../../../local/storage/catalogue.ts';
import { type ListQuery, listPage, type Scan } from '../../../../local/storage/listing.ts';
import type { ObjectRecord } from '../../../../local/storage/object-record.ts';

const record = (name: string, generation = 1): ObjectRecord => ({
  bucket: 'lake',
  name,
  generation,
  metageneration: 1,
  size: 0,
  crc32c: '',
  storageClass: 'STANDARD',
  timeCreated: '',
  updated: '',
  settings: {},
  content: '',
});

const order = (a: Place, b: Place) => Buffer.compare(a.name, b.name) || a.generation - b.generation;
const placeOf = ({ name, generation }: ObjectRecord) => ({ name: Buffer.from(name), generation });

/** Scans an array, as the catalogue scans its table. */
function scanOf(records: readonly ObjectRecord[], count: { rows: number } = { rows: 0 }): Scan {
  const sorted = [...records].sort((a, b) => order(placeOf(a), placeOf(b)));
  return (from, until, limit) => {
    const rows = sorted
      .filter(row => order(placeOf(row), from) >= 0 && (!until || Buffer.compare(Buffer.from(row.name), until) < 0))
      .slice(0, limit);
    count.rows += rows.length;
    return rows;
  };
}

const query = (asked: Partial<ListQuery>): ListQuery => ({
  prefix: '',
  delimiter: '',
  startOffset: '',
  endOffset: '',
  includeTrailingDelimiter: false,
  versions: false,
  maxResults: 1000,
  ...asked,
});

/** All pages, one after the other. */
function listAll(asked: ListQuery, scan: Scan) {
  const items: string[] = [];
  const prefixes: string[] = [];
  let pageToken: string | undefined;
  do {
    const page = listPage({ ...asked, pageToken }, scan);
    const size = page.items.length + page.prefixes.length;
    assert.ok(size <= Math.max(2, asked.maxResults));
    assert.ok(size > 0 || page.nextPageToken === undefined, 'an empty page promises more');
    items.push(...page.items.map(item => item.name));
    prefixes.push(...page.prefixes);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return { items, prefixes };
}

/** What the documentation says, the slow way. */
function expected(names: readonly string[], asked: ListQuery) {
  const bytes = (text: string) => Buffer.from(text);
  const items: string[] = [];
  const prefixes = new Set<string>();
  for (const name of [...names].sort((a, b) => Buffer.compare(bytes(a), bytes(b)))) {
    if (!name.startsWith(asked.prefix)) continue;
    if (Buffer.compare(bytes(name), bytes(asked.startOffset)) < 0) continue;
    if (asked.endOffset && Buffer.compare(bytes(name), bytes(asked.endOffset)) >= 0) continue;
    const cut = asked.delimiter ? name.indexOf(asked.delimiter, asked.prefix.length) : -1;
    const common = cut < 0 ? undefined : name.slice(0, cut + asked.delimiter.length);
    if (common !== undefined) prefixes.add(common);
    if (common === undefined || (asked.includeTrailingDelimiter && common === name)) items.push(name);
  }
  return { items, prefixes: [...prefixes] };
}

const name = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'ä', '🎉', '\uffff'), minLength: 1, maxLength: 6 });

describe('a listing', () => {
  it('has every name once and in order, whatever the query and the size of its pages', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { maxLength: 40 }),
        fc.record({
          prefix: fc.oneof(fc.constant(''), name),
          delimiter: fc.constantFrom('', '/', 'ab', '\uffff'),
          startOffset: fc.oneof(fc.constant(''), name),
          endOffset: fc.oneof(fc.constant(''), name),
          includeTrailingDelimiter: fc.boolean(),
          maxResults: fc.integer({ min: 1, max: 10 }),
        }),
        (names, asked) => {
          const whole = query(asked);
          assert.deepEqual(listAll(whole, scanOf(names.map(one => record(one)))), expected(names, whole));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('steps over what is under a prefix, and does not read it', () => {
    const folders = Array.from({ length: 5 }, (_, folder) => `folder-${folder}/`);
    const records = folders.flatMap(folder => Array.from({ length: 5000 }, (_, n) => record(`${folder}${n}`)));
    const count = { rows: 0 };
    const page = listPage(query({ delimiter: '/' }), scanOf(records, count));
    assert.deepEqual(page.prefixes, folders);
    assert.ok(count.rows < 3000, `${count.rows} rows were read`);
  });

  it('goes on within the versions of one name', () => {
    const records = [1, 2, 3].map(generation => record('a', generation));
    const page = listPage(query({ versions: true, maxResults: 2 }), scanOf(records));
    assert.deepEqual(
      page.items.map(item => item.generation),
      [1, 2],
    );
    const rest = listPage(query({ versions: true, maxResults: 2, pageToken: page.nextPageToken }), scanOf(records));
    assert.deepEqual(
      rest.items.map(item => item.generation),
      [3],
    );
  });

  it('takes only what matches a glob', () => {
    const records = ['a/1.avro', 'a/2.txt', 'b/3.avro'].map(one => record(one));
    const page = listPage(query({ matchGlob: '**.avro', maxResults: 1 }), scanOf(records));
    assert.deepEqual(
      page.items.map(item => item.name),
      ['a/1.avro'],
    );
    assert.notEqual(page.nextPageToken, undefined);
  });

  it('refuses a page token that it did not give', () => {
    for (const pageToken of ['', 'x', 'bnVsbA', Buffer.from('["",1]').toString('base64url')]) {
      assert.throws(() => listPage(query({ pageToken }), scanOf([])), { status: 400 }, pageToken);
    }
  });
});
