import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { documentsOf } from '../../functions/clients/documents.ts';
import { storageUnderTest } from './support/storage-under-test.ts';

interface Count {
  readonly count: number;
}

async function documentsUnderTest(t: TestContext) {
  const { client } = await storageUnderTest(t);
  await client.createBucket('state');
  return documentsOf(client.bucket('state'));
}

describe('documents', () => {
  it('are created once, whoever is first', async t => {
    const documents = await documentsUnderTest(t);
    const created = await Promise.all([1, 2, 3, 4, 5].map(count => documents.create('a.json', { count })));
    assert.equal(created.filter(Boolean).length, 1);
    const winner = created.indexOf(true) + 1;
    assert.deepEqual(await documents.read('a.json'), { count: winner });
  });

  it('lose no change of many at once', async t => {
    const documents = await documentsUnderTest(t);
    const add = (present: Count | undefined) => ({ count: (present?.count ?? 0) + 1 });
    await Promise.all(Array.from({ length: 20 }, () => documents.change<Count>('a.json', add)));
    assert.deepEqual(await documents.read('a.json'), { count: 20 });
  });

  it('are not written when nothing changes', async t => {
    const { client } = await storageUnderTest(t);
    await client.createBucket('state');
    const documents = documentsOf(client.bucket('state'));
    await documents.create('a.json', { count: 1 });
    const generation = async () => (await client.bucket('state').file('a.json').getMetadata())[0].generation;
    const before = await generation();
    assert.deepEqual(await documents.change<Count>('a.json', present => present), { count: 1 });
    assert.equal(await documents.change<Count>('b.json', () => undefined), undefined);
    assert.equal(await generation(), before);
    assert.equal(await documents.read('b.json'), undefined);
  });

  it('are listed with their metadata, from a name on', async t => {
    const documents = await documentsUnderTest(t);
    for (const name of ['runs/a.json', 'runs/b.json', 'runs/c.json', 'other.json']) {
      await documents.change<Count>(
        name,
        () => ({ count: name.length }),
        ({ count }) => ({ count: String(count) }),
      );
    }
    assert.deepEqual(await documents.list('runs/', 'runs/b.json'), [
      { name: 'runs/b.json', metadata: { count: '11' } },
      { name: 'runs/c.json', metadata: { count: '11' } },
    ]);
  });

  it('are told by the folders that they are in, whatever is in these', async t => {
    const { client } = await storageUnderTest(t);
    await client.createBucket('state');
    const documents = documentsOf(client.bucket('state'));
    const folders = Array.from({ length: 1200 }, (_, index) => `runs/payment/e${String(index).padStart(4, '0')}/`);
    for (const name of ['runs/payment/stray.json', 'runs/other/a/1.json', `${folders[0]}2.json`]) {
      await documents.create(name, {});
    }
    const rest = folders.values();
    const worker = async () => {
      for (const folder of rest) await documents.create(`${folder}1.json`, {});
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    assert.deepEqual(await documents.folders('runs/payment/'), folders);
    assert.deepEqual(await documents.folders('runs/nobody/'), []);
  });

  it('come back as they were written, whatever is in their texts', async t => {
    const { client } = await storageUnderTest(t);
    await client.createBucket('state');
    const documents = documentsOf(client.bucket('state'));
    const text = '\r\n--onramp--\r\n\r\n--onramp\r\n 東京 \u{1f6eb} \0';
    await documents.create('a b/東京%2F?.json', { text }, { text: 'Zürich 東京' });
    assert.deepEqual(await documents.read('a b/東京%2F?.json'), { text });
    assert.deepEqual(await documents.list('a b/'), [{ name: 'a b/東京%2F?.json', metadata: { text: 'Zürich 東京' } }]);
  });
});
