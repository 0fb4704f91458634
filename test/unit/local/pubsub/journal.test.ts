import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Journal, readJournal } from '../../../../local/pubsub/journal/journal.ts';
import type { Entry } from '../../../../local/pubsub/journal/record.ts';
import { emptyState, replay } from '../../../../local/pubsub/journal/replay.ts';
import { encodeDraft, sealMessages } from '../../../../local/pubsub/message-codec.ts';
import { type Subscription, type Topic, withDefaults } from '../../../../local/pubsub/resources.ts';

const MiB = 1024 * 1024;

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'onramp-journal-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function entriesIn(folder: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of readJournal(folder)) entries.push(entry);
  return entries;
}

const append = (journal: Journal, entry: Entry) =>
  new Promise<void>((resolve, reject) => {
    journal.append(entry, error =>
      error === undefined ? resolve() : reject(new Error('not written', { cause: error })),
    );
  });

const settled = (...ids: string[]): Entry => ({ kind: 'settled', subscription: 's', ids });
const published = (topic: string, firstId: number, ...payloads: string[]): Entry => {
  const drafts = payloads.map(payload =>
    encodeDraft({ data: Buffer.from(payload), attributes: { payload }, orderingKey: '' }),
  );
  return { kind: 'published', request: sealMessages(topic, drafts, firstId, 0).request };
};

describe('the journal', () => {
  it('gives its entries back in order', async t => {
    const folder = await folderOf(t);
    const start: Entry[] = [{ kind: 'next-id', id: 7 }];
    const journal = await Journal.start(
      folder,
      () => start,
      () => 0,
    );
    const written: Entry[] = [settled('1'), published('t', 1, 'a', 'b'), settled('2', '3')];
    await Promise.all(written.map(entry => append(journal, entry)));
    await append(journal, { kind: 'held', subscriptions: ['s', 'ü'], message: Buffer.from('bytes') });
    await journal.close();
    assert.deepEqual(await entriesIn(folder), [
      ...start,
      ...written,
      { kind: 'held', subscriptions: ['s', 'ü'], message: Buffer.from('bytes') },
    ]);
  });

  it('is empty in a folder that has none', async t => {
    assert.deepEqual(await entriesIn(join(await folderOf(t), 'absent')), []);
  });

  it('answers an append only when the entry is in the file', async t => {
    const folder = await folderOf(t);
    const journal = await Journal.start(
      folder,
      () => [],
      () => 0,
    );
    await append(journal, settled('1'));
    assert.deepEqual(await entriesIn(folder), [settled('1')]);
    await journal.close();
  });

  it('loses nothing but the record that a crash cut short', async t => {
    const folder = await folderOf(t);
    const journal = await Journal.start(
      folder,
      () => [],
      () => 0,
    );
    await append(journal, settled('1'));
    await append(journal, published('t', 1, 'cut short'));
    await journal.close();
    const file = join(folder, 'journal');
    const { size } = await stat(file);
    for (const missing of [1, 10, 40]) {
      await truncate(file, size - missing);
      assert.deepEqual(await entriesIn(folder), [settled('1')]);
    }
  });

  it('stops at a record with a wrong checksum', async t => {
    const folder = await folderOf(t);
    const journal = await Journal.start(
      folder,
      () => [settled('1')],
      () => 0,
    );
    await journal.close();
    const file = join(folder, 'journal');
    const bytes = await readFile(file);
    await appendFile(file, bytes.fill(0, bytes.length - 1));
    assert.deepEqual(await entriesIn(folder), [settled('1')]);
  });

  it('reads records that are larger than what is read at a time', async t => {
    const folder = await folderOf(t);
    const large = published('t', 1, 'x'.repeat(9 * MiB));
    const journal = await Journal.start(
      folder,
      () => [large, settled('1')],
      () => 0,
    );
    await journal.close();
    assert.deepEqual(await entriesIn(folder), [large, settled('1')]);
  });

  it('is rewritten when it is mostly dead, and loses nothing that is appended meanwhile', async t => {
    const folder = await folderOf(t);
    let alive: Entry[] = [];
    const journal = await Journal.start(
      folder,
      () => alive,
      () => 0,
    );
    alive = [settled('alive')];
    const large = published('t', 1, 'x'.repeat(4 * MiB));
    for (let count = 0; count < 16; count += 1) await append(journal, large);
    await append(journal, settled('after'));
    await journal.close();
    assert.ok((await stat(join(folder, 'journal'))).size < MiB);
    assert.deepEqual(await entriesIn(folder), [settled('alive'), settled('after')]);
  });
});

describe('replaying a journal', () => {
  const topic = (name: string): Entry => ({ kind: 'topic', topic: { name } as Topic });
  const subscription = (name: string, change: Partial<Subscription> = {}): Entry => ({
    kind: 'subscription',
    subscription: withDefaults({ name, topic: 't', filter: '', ...change } as Subscription),
  });
  const replayed = (...entries: Entry[]) => {
    const state = emptyState();
    for (const entry of entries) replay(state, entry);
    const backlogs = [...state.subscriptions].map(([name, { backlog }]) => [
      name,
      [...backlog.values()].map(({ data }) => Buffer.from(data).toString()),
    ]);
    return { state, backlogs: Object.fromEntries(backlogs) as Record<string, string[]> };
  };

  it('gives each subscription what was published while it was there, and is not settled', () => {
    const { backlogs, state } = replayed(
      topic('t'),
      subscription('early'),
      published('t', 1, 'one', 'two'),
      subscription('late'),
      published('t', 3, 'three'),
      published('other', 4, 'elsewhere'),
      { kind: 'settled', subscription: 'early', ids: ['2'] },
    );
    assert.deepEqual(backlogs, { early: ['one', 'three'], late: ['three'] });
    assert.equal(state.nextId, 5);
  });

  it('filters', () => {
    const { backlogs } = replayed(
      topic('t'),
      subscription('s', { filter: 'attributes.payload = "two"' }),
      published('t', 1, 'one', 'two'),
    );
    assert.deepEqual(backlogs, { s: ['two'] });
  });

  it('keeps the backlog when a subscription changes, and orphans it when its topic goes', () => {
    const { backlogs, state } = replayed(
      topic('t'),
      subscription('s'),
      published('t', 1, 'one'),
      subscription('s', { ackDeadlineSeconds: 20 }),
      { kind: 'topic-deleted', name: 't' },
      published('t', 2, 'two'),
    );
    assert.deepEqual(backlogs, { s: ['one'] });
    assert.equal(state.subscriptions.get('s')?.definition.topic, '_deleted-topic_');
    assert.equal(state.subscriptions.get('s')?.definition.ackDeadlineSeconds, 20);
  });
});
