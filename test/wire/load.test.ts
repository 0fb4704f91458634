import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attemptPrefix } from '../../functions/core/batch/batch-names.ts';
import type { ExportColumn } from '../../functions/core/batch/export-column.ts';
import type { Manifest } from '../../functions/core/batch/manifest.ts';
import { newRun } from '../../functions/core/batch/run.ts';
import type { Message } from '../../functions/core/stage.ts';
import { bucket, columns, day, loadUnderTest } from './support/load-under-test.ts';

const ada = { id: 1, name: 'Ada' };
const alan = { id: 2, name: 'Alan' };
const grace = { id: 3, name: null };

describe('a load', () => {
  it('makes the table, merges by the merge query, and leaves no staging table', async t => {
    const { exported, load, table, told, tables, warehouse } = await loadUnderTest(t);
    assert.equal(await load(await exported(1, [ada, alan])), 'done');
    assert.equal(await load(await exported(2, [{ ...alan, name: 'Alan T.' }, grace])), 'done');
    assert.deepEqual(await table(), [ada, { ...alan, name: 'Alan T.' }, grace]);
    assert.deepEqual(told(), ['load_started', 'load_complete', 'load_started', 'load_complete']);
    assert.deepEqual(await tables(), ['transfers']);
    const [metadata] = (await warehouse.dataset('payment').table('transfers').getMetadata()) as unknown as [
      { schema: { fields: { description?: string }[] }; description: string },
    ];
    assert.equal(metadata.schema.fields[1]?.description, 'What it is called.');
    assert.equal(metadata.description, 'Every transfer.');
  });

  it('replaces all rows at once, and by no older state', async t => {
    const { exported, load, table } = await loadUnderTest(t, { writeMode: 'replace' });
    const late = await exported(1, [ada]);
    assert.equal(await load(await exported(2, [alan, grace])), 'done');
    assert.equal(await load(late), 'done');
    assert.deepEqual(await table(), [alan, grace]);
    assert.equal(await load(await exported(3, [])), 'done');
    assert.deepEqual(await table(), []);
  });

  it('appends each interval once, whatever is repeated', async t => {
    const { exported, load, table } = await loadUnderTest(t, { writeMode: 'append' });
    const first = await exported(1, [ada]);
    await load(first);
    await load(first);
    await load(await exported(1, [ada], { attempt: 2 }));
    await load(await exported(2, [alan]));
    assert.deepEqual(await table(), [ada, alan]);
  });

  it('appends an interval anew once its object below loads/ is deleted', async t => {
    const { exported, load, table, client } = await loadUnderTest(t, { writeMode: 'append' });
    await load(await exported(1, [ada]));
    await client
      .bucket('state')
      .file(`loads/local-test.payment.transfers/payment/transfers/${day(1).start}.json`)
      .delete();
    await load(await exported(1, [alan], { attempt: 2 }));
    assert.deepEqual(await table(), [ada, alan]);
  });

  for (const step of ['createStaging', 'load', 'ask', 'ensure', 'run', 'drop'] as const) {
    for (const when of ['before', 'after'] as const) {
      it(`broken off ${when} "${step}" is finished by a repetition, and adds nothing twice`, async t => {
        const { exported, load, table, loads, stageWith, tables } = await loadUnderTest(t, { writeMode: 'append' });
        const { [step]: call } = { ...loads } as Record<typeof step, (...args: unknown[]) => Promise<unknown>>;
        const broken = stageWith({
          [step]: async (...args: unknown[]) => {
            if (when === 'after') await call(...args);
            throw new Error('broken off');
          },
        });
        const message = await exported(1, [ada, alan]);
        assert.equal(await load(message, broken), 'retry');
        assert.equal(await load(message), 'done');
        assert.deepEqual(await table(), [ada, alan]);
        assert.deepEqual(await tables(), ['transfers']);
      });
    }
  }

  it('touches nothing when the staging table does not hold what was exported', async t => {
    const { exported, load, table, events } = await loadUnderTest(t);
    await load(await exported(1, [ada]));
    const tamper = (manifest: Manifest): Manifest => ({
      ...manifest,
      checksums: manifest.checksums.map(sums => (sums.column === 'name' ? { ...sums, xor: '1' } : sums)),
    });
    assert.equal(await load(await exported(2, [alan], { tamper })), 'done');
    const { event } = events.at(-1) ?? {};
    assert.ok(event?.type === 'load_failed');
    assert.equal(event.failure.code, 'LOAD_CHECKSUM_MISMATCH');
    assert.match(event.failure.detail, /^column name: exclusive or -?\d+ was loaded, 1 was exported$/);
    assert.deepEqual(await table(), [ada]);
  });

  it('is refused when files of the manifest are missing or others', async t => {
    const { exported, load, events } = await loadUnderTest(t);
    const tamper = (manifest: Manifest): Manifest => ({
      ...manifest,
      files: [...manifest.files.map(file => ({ ...file, bytes: 1 })), { name: 'gone', rows: 1, bytes: 1, crc32c: '' }],
    });
    assert.equal(await load(await exported(1, [ada], { tamper })), 'done');
    const { event } = events.at(-1) ?? {};
    assert.ok(event?.type === 'load_failed');
    assert.equal(event.failure.code, 'LOAD_FILES_MISSING');
    assert.match(event.failure.detail, /has \d+ bytes .*; gone is not there/);
  });

  const wider: readonly ExportColumn[] = [...columns, { name: 'age', type: 'INTEGER', sourceType: 'int' }];
  const old = { id: 4, name: 'Old', age: 99 };

  it('adds a column that was added to the source since', async t => {
    const { exported, load, table } = await loadUnderTest(t, { writeMode: 'append' });
    await load(await exported(1, [ada]));
    await load(await exported(2, [old], { as: wider }));
    await load(await exported(3, [alan]));
    assert.deepEqual(await table(), [{ ...ada, age: null }, { ...alan, age: null }, old]);
  });

  for (const writeMode of ['merge', 'replace', 'append'] as const) {
    it(`loads what was exported before the destination got a column, by ${writeMode}`, async t => {
      const { exported, load, table, told } = await loadUnderTest(t, { writeMode });
      const before = await exported(2, [alan]);
      await load(await exported(1, [old], { as: wider }));
      assert.equal(await load(before), 'done');
      assert.deepEqual(told().at(-1), 'load_complete');
      const loaded = { ...alan, age: null };
      const found = await table();
      // A MERGE that names its columns leaves the new one as it is.
      assert.deepEqual(
        found,
        writeMode === 'replace' ? [loaded] : [loaded, writeMode === 'merge' ? { ...old, age: null } : old],
      );
    });
  }

  it('removes what executions of the attempt that were broken off left behind, also when it is repeated', async t => {
    const { exported, load, table, told, client, stageWith } = await loadUnderTest(t, { writeMode: 'append' });
    const second = await exported(1, [ada], { attempt: 2 });
    const write = (name: string) => client.bucket(bucket).file(name).save('Obj', { resumable: false });
    const folder = attemptPrefix('payment/transfers', day(1), 2);
    await write(`${folder}other-00000.avro`);
    await write(`${attemptPrefix('payment/transfers', day(1), 1)}dead-00000.avro`);
    await write(`${attemptPrefix('payment/transfers', day(1), 3)}later-00000.avro`);
    const broken = stageWith({ createStaging: () => Promise.reject(new Error('broken off')) });
    assert.equal(await load(second, broken), 'retry');
    await write(`${folder}late-00000.avro`);
    assert.equal(await load(second), 'done');
    const [files] = await client.bucket(bucket).getFiles();
    assert.deepEqual(
      files.map(({ name }) => name.slice(name.indexOf('attempt='))),
      ['attempt=2/manifest.json', 'attempt=2/part-00000.avro', 'attempt=3/later-00000.avro'],
    );
    assert.deepEqual([await table(), told().at(-1)], [[ada], 'load_complete']);
  });

  it('refuses or leaves out such a column when the contract says so', async t => {
    const frozen = await loadUnderTest(t, { writeMode: 'append' }, 'freeze');
    await frozen.load(await frozen.exported(1, [ada]));
    assert.equal(await frozen.load(await frozen.exported(2, [old], { as: wider })), 'done');
    const { event } = frozen.events.at(-1) ?? {};
    assert.ok(event?.type === 'load_failed');
    assert.match(event.failure.detail, /column age is not there, and the contract is freeze/);

    const discarding = await loadUnderTest(t, { writeMode: 'append' }, 'discard');
    await discarding.load(await discarding.exported(1, [ada]));
    await discarding.load(await discarding.exported(2, [old], { as: wider }));
    assert.deepEqual(await discarding.table(), [ada, { id: 4, name: 'Old' }]);
  });

  it('tells of a merge query that BigQuery refuses', async t => {
    const { exported, load, events } = await loadUnderTest(t, { mergeQuery: 'MERGE nonsense' });
    assert.equal(await load(await exported(1, [ada])), 'done');
    const { event } = events.at(-1) ?? {};
    assert.ok(event?.type === 'load_failed');
    assert.equal(event.failure.code, 'LOAD_REFUSED');
    assert.equal(event.failure.retryable, false);
  });

  it('waits while another load changes the same destination', async t => {
    const { exported, load, loads, stageWith, table } = await loadUnderTest(t, { writeMode: 'append' });
    const { promise: entered, resolve: enter } = Promise.withResolvers<undefined>();
    const { promise: left, resolve: leave } = Promise.withResolvers<undefined>();
    const slow = stageWith({
      async run(...args) {
        enter(undefined);
        await left;
        return loads.run(...args);
      },
    });
    const first = load(await exported(1, [ada]), slow);
    await Promise.race([entered, first]);
    const second = await exported(2, [alan]);
    assert.equal(await load(second), 'retry');
    leave(undefined);
    assert.equal(await first, 'done');
    assert.equal(await load(second), 'done');
    assert.deepEqual(await table(), [ada, alan]);
  });

  it('leaves alone what its run does not wait for any more', async t => {
    const { exported, load, runs, config, told } = await loadUnderTest(t);
    await runs.create(newRun(config, day(1), 'scheduled', new Date()));
    const start = day(1).start;
    await runs.apply('payment/transfers', start, { type: 'dispatch', attempt: 1 });
    const manifest = await exported(1, [ada]);
    // Cancelled, and then to start anew with the next attempt.
    await runs.apply('payment/transfers', start, { type: 'cancel', by: 'operator' });
    assert.equal(await load(manifest), 'done');
    await runs.apply('payment/transfers', start, { type: 'rerun', by: 'operator', retryCount: 0 });
    assert.equal(await load(manifest), 'done');
    assert.deepEqual(told(), []);
  });

  it('ignores what is no manifest', async t => {
    const { load, told } = await loadUnderTest(t);
    const attributes = { bucketId: bucket, objectId: 'export=a.b/x.avro', eventType: 'OBJECT_FINALIZE' };
    assert.equal(await load({ attributes } as unknown as Message), 'done');
    assert.deepEqual(told(), []);
  });
});
