import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  objectSettingsOf,
  patchObjectSettings,
  replaceObjectSettings,
} from '../../../../local/storage/object-settings.ts';

describe('settings of an object', () => {
  it('are those that a caller may set, and no others', () => {
    const settings = objectSettingsOf({
      contentType: 'a/b',
      metadata: { k: 'v' },
      size: '9',
      generation: '1',
      cacheControl: null,
    });
    assert.deepEqual(settings, { contentType: 'a/b', metadata: { k: 'v' } });
  });

  it('are merged by a patch and replaced by an update', () => {
    const current = { contentType: 'a/b', cacheControl: 'no-store', metadata: { a: '1', b: '2' } };
    assert.deepEqual(patchObjectSettings(current, { cacheControl: null, metadata: { a: null, c: '3' } }), {
      contentType: 'a/b',
      metadata: { b: '2', c: '3' },
    });
    assert.deepEqual(patchObjectSettings(current, { metadata: null }), {
      contentType: 'a/b',
      cacheControl: 'no-store',
    });
    assert.deepEqual(replaceObjectSettings(current, { metadata: { d: '4' } }), { metadata: { d: '4' } });
  });

  it('keep a custom time that an update leaves out', () => {
    const current = { customTime: '2024-05-01T00:00:00Z' };
    assert.deepEqual(replaceObjectSettings(current, {}), current);
    assert.throws(() => patchObjectSettings(current, { customTime: null }), { status: 400 });
  });

  it('are refused when they have the wrong type, could break a header, or ask for what is not supported', () => {
    for (const resource of [
      { contentType: 1 },
      { contentType: 'a/b\r\nset-cookie: x' },
      { metadata: ['x'] },
      { metadata: { k: 1 } },
      { customTime: 'yesterday' },
    ]) {
      assert.throws(() => objectSettingsOf(resource), { status: 400 }, JSON.stringify(resource));
    }
    assert.throws(() => objectSettingsOf({ temporaryHold: true }), { status: 501 });
    assert.throws(() => objectSettingsOf({ acl: [{ entity: 'allUsers', role: 'READER' }] }), { status: 501 });
  });
});
