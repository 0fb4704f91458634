import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { Batch } from '../../../../client/batch.ts';
import { BufferPool } from '../../../../client/buffer-pool.ts';
import type { SpoolOptions } from '../../../../client/options.ts';
import { Spool } from '../../../../client/spool/spool.ts';
import { encodeTopic } from '../../../../client/wire.ts';
import type { OnrampError } from '../../../../functions/core/errors.ts';

const MiB = 1024 * 1024;
const topic = { name: 'projects/p/topics/t', head: encodeTopic('projects/p/topics/t') };

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'onramp-spool-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function open(folder: string, options: Partial<SpoolOptions> = {}) {
  const warnings: OnrampError[] = [];
  const whole = { folder, maxBytes: 16 * MiB, whenFull: 'wait', fsync: false, afterMillis: 0, ...options } as const;
  return { spool: await Spool.open(whole, warning => warnings.push(warning)), warnings };
}

/** A batch with one message of so many bytes; its ordering key is what tests know it by. */
function batch(name: string, bytes = 100): Batch {
  const made = new Batch(topic, name, new BufferPool(), 0);
  const message = { data: Buffer.alloc(bytes, name), attributes: Buffer.alloc(0), orderingKey: Buffer.from(name) };
  made.add(message, { resolve: () => undefined, reject: () => undefined });
  return made;
}

/** The next batches in the spool, which stay there unless they are `done`. */
async function take(spool: Spool, count: number, done: boolean): Promise<string[]> {
  const names: string[] = [];
  while (names.length < count) {
    const record = await spool.next();
    if (record === undefined) break;
    assert.deepEqual(record.batch.request, batch(record.batch.orderingKey).request);
    names.push(record.batch.orderingKey);
    if (done) record.done();
  }
  return names;
}

const segments = async (folder: string) =>
  (await readdir(folder)).filter(name => name.startsWith('segment-')).toSorted();

async function spoolWith(folder: string, names: readonly string[]): Promise<void> {
  const { spool } = await open(folder);
  await Promise.all(names.map(name => spool.append(batch(name))));
  await spool.close();
}

describe('the spool', { timeout: 30_000 }, () => {
  it('gives back in order what an earlier process left, and deletes what has been sent', async t => {
    const folder = await temporaryFolder(t);
    await spoolWith(folder, ['a', 'b']);
    await spoolWith(folder, ['c']);
    const { spool } = await open(folder);
    assert.ok(spool.active);
    const sent = spool.append(batch('d'));
    assert.deepEqual(await take(spool, 4, true), ['a', 'b', 'c', 'd']);
    await sent;
    assert.ok(!spool.active);
    assert.equal(spool.bytes, 0);
    await spool.close();
    assert.deepEqual(await segments(folder), []);
  });

  it('goes on after a restart where it stopped', async t => {
    const folder = await temporaryFolder(t);
    await spoolWith(folder, ['a', 'b', 'c']);
    const first = await open(folder);
    assert.deepEqual(await take(first.spool, 1, true), ['a']);
    assert.deepEqual(await take(first.spool, 1, false), ['b']);
    await first.spool.close();
    const second = await open(folder);
    assert.deepEqual(await take(second.spool, 2, true), ['b', 'c']);
    await second.spool.close();
  });

  it('does not forget what is before something that has been sent already', async t => {
    const folder = await temporaryFolder(t);
    await spoolWith(folder, ['a', 'b']);
    const first = await open(folder);
    const [a, b] = [await first.spool.next(), await first.spool.next()];
    b?.done();
    assert.equal(a?.batch.orderingKey, 'a');
    await first.spool.close();
    const second = await open(folder);
    assert.deepEqual(await take(second.spool, 2, true), ['a', 'b']);
    await second.spool.close();
  });

  it('passes over a write that was cut short, wherever', async t => {
    const whole = await temporaryFolder(t);
    await spoolWith(whole, ['a', 'b']);
    const [name = ''] = await segments(whole);
    const { size } = await stat(join(whole, name));
    const bytes = await readFile(join(whole, name));
    const recordBytes = (size - 8) / 2;
    for (const cut of [size - 1, size - recordBytes + 3, 8 + recordBytes, 9, 8, 5, 0]) {
      const folder = await temporaryFolder(t);
      await writeFile(join(folder, name), bytes.subarray(0, cut));
      const { spool, warnings } = await open(folder);
      const expected = cut >= 8 + recordBytes ? ['a', 'new'] : ['new'];
      await spool.append(batch('new'));
      assert.deepEqual(await take(spool, expected.length, true), expected, `cut at ${cut}`);
      assert.deepEqual(warnings, []);
      assert.ok(!spool.active);
      await spool.close();
    }
  });

  it('keeps what it cannot read, says so, and goes on', async t => {
    const folder = await temporaryFolder(t);
    await spoolWith(folder, ['a', 'b']);
    await spoolWith(folder, ['c']);
    const [name = ''] = await segments(folder);
    const bytes = await readFile(join(folder, name));
    bytes[bytes.length - 5] = 0;
    await writeFile(join(folder, name), bytes);
    const { spool, warnings } = await open(folder);
    assert.deepEqual(await take(spool, 2, true), ['a', 'c']);
    await spool.close();
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['SPOOL_UNREADABLE'],
    );
    const [kept = ''] = (await readdir(folder)).filter(each => each.startsWith('unreadable-'));
    assert.deepEqual(await readFile(join(folder, kept)), bytes.subarray(-(bytes.length - 8) / 2));
  });

  it('sends twice rather than not at all when its cursor is damaged', async t => {
    const folder = await temporaryFolder(t);
    await spoolWith(folder, ['a', 'b']);
    const first = await open(folder);
    await take(first.spool, 1, true);
    await first.spool.close();
    await truncate(join(folder, 'cursor'), 7);
    const second = await open(folder);
    assert.deepEqual(await take(second.spool, 2, true), ['a', 'b']);
    await second.spool.close();
  });

  it('is refused to a second process, and to a second publisher of the same one', async t => {
    const folder = await temporaryFolder(t);
    const { spool } = await open(folder);
    await assert.rejects(open(folder), { code: 'SPOOL_IN_USE' });
    await spool.append(batch('a'));
    await spool.close();
    const { spool: second } = await open(folder);
    assert.deepEqual(await take(second, 1, true), ['a']);
    await second.close();
  });

  it('takes the folder of a process that was killed', async t => {
    const folder = await temporaryFolder(t);
    // What a killed process leaves: a socket’s name, on which nobody answers.
    await appendFile(join(folder, 'lock-dead'), '');
    const { spool } = await open(folder);
    await spool.close();
    assert.ok(!(await readdir(folder)).includes('lock-dead'));
  });

  it('lets appends wait when it is full, and takes them in order once something has been sent', async t => {
    const { spool } = await open(await temporaryFolder(t));
    const names = Array.from({ length: 20 }, (_, index) => `${index}`);
    const taken: string[] = [];
    const appends = names.map(name => spool.append(batch(name, MiB)).then(() => taken.push(name)));
    await appends[14];
    assert.ok(spool.bytes <= 16 * MiB);
    assert.ok(taken.length < 17);
    for (const name of names) {
      const record = await spool.next();
      assert.equal(record?.batch.orderingKey, name);
      record.done();
    }
    await Promise.all(appends);
    assert.deepEqual(taken, names);
    await spool.close();
  });

  it('takes everything beyond its bound when the process is about to end', async t => {
    const { spool } = await open(await temporaryFolder(t));
    const appends = Array.from({ length: 20 }, (_, index) => spool.append(batch(`${index}`, MiB)));
    spool.liftBound();
    await Promise.all(appends);
    assert.ok(spool.bytes > 20 * MiB);
    await spool.close();
  });

  it('refuses when it is full, where that is wanted', async t => {
    const { spool } = await open(await temporaryFolder(t), { whenFull: 'fail' });
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => spool.append(batch(`${index}`, MiB))),
    );
    const refused = results.filter(({ status }) => status === 'rejected');
    assert.equal(((refused[0] as PromiseRejectedResult).reason as OnrampError).code, 'SPOOL_FULL');
    assert.equal(refused.length, 5);
    await spool.close();
  });

  it('keeps what Pub/Sub refused for the next process, which tries it first', async t => {
    const folder = await temporaryFolder(t);
    await spoolWith(folder, ['a', 'b']);
    const first = await open(folder);
    const refused = await first.spool.next();
    await first.spool.setAside(refused!.batch);
    refused?.done();
    await first.spool.append(batch('c'));
    await first.spool.close();
    const second = await open(folder);
    assert.deepEqual(await take(second.spool, 3, true), ['a', 'b', 'c']);
    assert.ok(!second.spool.active);
    await second.spool.close();
  });

  it('can be closed at any moment of a read', async t => {
    const folder = await temporaryFolder(t);
    await spoolWith(folder, ['a', 'b']);
    for (let turns = 0; turns < 12; turns += 1) {
      const { spool } = await open(folder);
      const reading = take(spool, 3, false);
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
      await spool.close();
      assert.ok((await reading).length <= 2);
    }
  });

  it('takes what a process holds that ends at once', async t => {
    const folder = await temporaryFolder(t);
    const first = await open(folder);
    await first.spool.append(batch('a'));
    first.spool.appendNow([batch('b'), batch('c')]);
    await first.spool.close();
    const second = await open(folder);
    assert.deepEqual(await take(second.spool, 3, true), ['a', 'b', 'c']);
    await second.spool.close();
  });

  it('says so when the disk does not take what is written', async t => {
    const folder = await temporaryFolder(t);
    const { spool } = await open(folder);
    await rm(folder, { recursive: true });
    await assert.rejects(spool.append(batch('a')), { code: 'SPOOL_UNWRITABLE' });
    await spool.close();
  });
});
