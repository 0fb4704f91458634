import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { bundleFunctions } from '../../infra/bundle.ts';
import { root } from '../support/example-stack.ts';

const base = mkdtempSync(join(tmpdir(), 'onramp-bundle-'));
after(() => rmSync(base, { recursive: true }));
const output = join(base, 'dist');

/** The functions of this repository, in another place. */
const copy = join(base, 'elsewhere');
for (const path of ['functions', 'console', 'package.json', 'package-lock.json', 'tsconfig.json']) {
  cpSync(join(root, path), join(copy, path), { recursive: true });
}
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');

describe('the bundle of the functions', () => {
  it('is named by its content: the same wherever it is made, and another when a function changes', async () => {
    const { digest } = await bundleFunctions(root, output);
    assert.match(digest, /^[0-9a-f]{16}$/);
    assert.equal((await bundleFunctions(copy, output)).digest, digest);

    appendFileSync(join(copy, 'functions/stages/ramp-to-hub.ts'), '\nprocess.title = "changed";\n');
    const changed = await bundleFunctions(copy, output);
    assert.notEqual(changed.digest, digest);
    assert.deepEqual(readdirSync(output).toSorted(), [`functions-${digest}`, `functions-${changed.digest}`].toSorted());
  });

  it('takes the place of those that are over a day old', async () => {
    const [recent, old] = ['functions-1', 'functions-2'].map(name => join(base, 'kept', name));
    for (const folder of [recent, old]) mkdirSync(folder ?? '', { recursive: true });
    utimesSync(old ?? '', new Date(), new Date(Date.now() - 25 * 60 * 60 * 1000));
    const { digest } = await bundleFunctions(root, join(base, 'kept'));
    assert.deepEqual(readdirSync(join(base, 'kept')).toSorted(), ['functions-1', `functions-${digest}`].toSorted());
  });

  it('is refused with the place of what is wrong with a function', async () => {
    writeFileSync(join(copy, 'functions/index.ts'), "import './nowhere.ts';\n");
    await assert.rejects(bundleFunctions(copy, output), /cannot be bundled:\n {2}functions\/index\.ts:1: .*nowhere/);
  });
});
