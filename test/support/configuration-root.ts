import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { repository } from './local-cloud.ts';

/** A folder of configuration, gone when it is disposed of. */
export interface ConfigurationRoot extends Disposable {
  readonly root: string;
}

/** Files by their paths. */
type Files = Readonly<Record<string, string>>;

/** Files of a configuration, beside the messages of this repository, which stay as they are. */
export const configurationRoot = (files: Files): ConfigurationRoot =>
  rootWith(files, root => {
    for (const entry of ['proto', 'buf.yaml']) symlinkSync(join(repository, entry), join(root, entry));
  });

/** The same beside a copy of this repository's messages, and of its services unless they are left out. */
export const copiedRoot = (files: Files = {}, { services = true } = {}): ConfigurationRoot =>
  rootWith(files, root => {
    for (const entry of ['proto', 'buf.yaml', ...(services ? ['services'] : [])]) {
      cpSync(join(repository, entry), join(root, entry), { recursive: true });
    }
  });

function rootWith(files: Files, fill: (root: string) => void): ConfigurationRoot {
  const root = mkdtempSync(join(tmpdir(), 'onramp-root-'));
  fill(root);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) };
}
