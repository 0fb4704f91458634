import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isLocked, lockFolder } from '../../../local/folder-lock.ts';

describe('the lock on a folder', () => {
  it('is one process’s at a time, and free again once it is given back', () => {
    const folder = mkdtempSync(join(tmpdir(), 'onramp-lock-'));
    const release = lockFolder(folder);
    assert.equal(isLocked(folder), true);
    assert.throws(() => lockFolder(folder), { code: 'LOCAL_FOLDER_IN_USE', message: new RegExp(`${process.pid}`) });
    release();
    assert.equal(isLocked(folder), false);
    lockFolder(folder)();
    rmSync(folder, { recursive: true });
  });

  it('ends with its process, even when that is killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onramp-lock-'));
    const module = new URL('../../../local/folder-lock.ts', import.meta.url).href;
    const script = `const { lockFolder } = await import('${module}'); lockFolder(process.argv[1]); console.log('held'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    try {
      await once(child.stdout, 'data');
      assert.throws(() => lockFolder(folder), { code: 'LOCAL_FOLDER_IN_USE' });
    } finally {
      child.kill('SIGKILL');
    }
    await ended;
    lockFolder(folder)();
    rmSync(folder, { recursive: true });
  });
});
