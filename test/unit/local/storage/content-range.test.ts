import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { downloadRange, uploadRange } from '../../../../local/storage/content-range.ts';

describe('the Content-Range of an upload', () => {
  it('is read in all its forms', () => {
    const bytes = (start: number, end?: number, total?: number) => ({ kind: 'bytes', start, end, total });
    assert.deepEqual(uploadRange(undefined), bytes(0));
    assert.deepEqual(uploadRange('bytes 0-*/*'), bytes(0));
    assert.deepEqual(uploadRange('bytes 5-*/10'), bytes(5, undefined, 10));
    assert.deepEqual(uploadRange('bytes 5-9/10'), bytes(5, 9, 10));
    assert.deepEqual(uploadRange('bytes 5-9/*'), bytes(5, 9));
    assert.deepEqual(uploadRange('bytes 5-*/5'), bytes(5, undefined, 5));
    assert.deepEqual(uploadRange('bytes */*'), { kind: 'status', total: undefined });
    assert.deepEqual(uploadRange('bytes */0'), { kind: 'status', total: 0 });
  });

  it('is refused when it makes no sense', () => {
    for (const header of [
      '',
      'bytes',
      'bytes 1-2',
      'bytes -2/3',
      'bytes 3-2/*',
      'bytes 0-9/9',
      'bytes 6-*/5',
      'rows 0-1/2',
    ]) {
      assert.throws(() => uploadRange(header), { status: 400 }, header);
    }
  });
});

describe('the Range of a download', () => {
  it('is cut to the object', () => {
    assert.deepEqual(downloadRange('bytes=0-3', 10), { start: 0, end: 4 });
    assert.deepEqual(downloadRange('bytes=8-', 10), { start: 8, end: 10 });
    assert.deepEqual(downloadRange('bytes=8-99', 10), { start: 8, end: 10 });
    assert.deepEqual(downloadRange('bytes=-3', 10), { start: 7, end: 10 });
    assert.deepEqual(downloadRange('bytes=-30', 10), { start: 0, end: 10 });
  });

  it('is unsatisfiable beyond the object’s end', () => {
    for (const [header, size] of [
      ['bytes=10-', 10],
      ['bytes=0-', 0],
      ['bytes=-0', 10],
      ['bytes=-1', 0],
    ] as const) {
      assert.equal(downloadRange(header, size), 'unsatisfiable', header);
    }
  });

  it('means all of it when it cannot be understood', () => {
    for (const header of [undefined, '', 'bytes=-', 'bytes=3-1', 'bytes=0-1,3-4', 'lines=0-1']) {
      assert.equal(downloadRange(header, 10), undefined);
    }
  });
});
