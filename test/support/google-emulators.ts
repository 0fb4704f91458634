import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { freePort } from './database-server.ts';

/** One of Google's emulators, in a process of its own, on a free port of this machine. */
export interface Emulator {
  readonly port: number;
  close(): Promise<void>;
}

function program(name: string): string | undefined {
  const found = (process.env['PATH'] ?? '')
    .split(delimiter)
    .map(folder => join(folder, name))
    .find(path => existsSync(path));
  return found === undefined ? undefined : realpathSync(found);
}

const gcloud = program('gcloud');
const roots = [process.env['CLOUDSDK_ROOT'], gcloud && dirname(dirname(gcloud)), '/usr/lib/google-cloud-sdk'];
const inSdk = (...path: string[]) =>
  roots
    .filter(root => root !== undefined)
    .map(root => join(root, ...path))
    .find(file => existsSync(file));

/** Undefined when the emulator is not installed. */
export const spannerEmulator = inSdk('bin', 'cloud_spanner_emulator', 'emulator_main');

const firestoreJar = inSdk('platform', 'cloud-firestore-emulator', 'cloud-firestore-emulator.jar');
/** Undefined when the emulator or Java is not installed. */
export const datastoreEmulator = program('java') === undefined ? undefined : firestoreJar;

export function startSpannerEmulator(): Promise<Emulator> {
  if (spannerEmulator === undefined) throw new Error('the Spanner emulator is not installed');
  return started(
    spawn(spannerEmulator, ['--host_port', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'pipe'] }),
    /Server address: 127\.0\.0\.1:(\d+)/,
  );
}

/** The Firestore emulator in Datastore mode. */
export async function startDatastoreEmulator(): Promise<Emulator> {
  if (datastoreEmulator === undefined) throw new Error('the Firestore emulator is not installed');
  const port = await freePort();
  const args = ['--host=127.0.0.1', `--port=${port}`, '--database-mode=datastore-mode'];
  const main = 'com.google.cloud.datastore.emulator.firestore.CloudFirestore';
  const java = ['-Xmx512m', '-Duser.language=en', '-cp', datastoreEmulator, main, 'start', ...args];
  return started(spawn('java', java, { stdio: ['ignore', 'pipe', 'pipe'] }), /is now running/, port);
}

async function started(emulator: ChildProcess, sign: RegExp, port?: number): Promise<Emulator> {
  const ended = new Promise<void>(resolve => emulator.once('exit', () => resolve()));
  const seen = Promise.withResolvers<string | undefined>();
  let log = '';
  const listen = (chunk: Buffer) => {
    if (log.length < 20_000) log += chunk.toString();
    const found = sign.exec(log);
    if (found !== null) seen.resolve(found[1]);
  };
  emulator.stdout?.on('data', listen);
  emulator.stderr?.on('data', listen);
  void ended.then(() => seen.reject(new Error(`the emulator ended: ${log}`)));
  const said = await seen.promise;
  return {
    port: port ?? Number(said),
    async close() {
      emulator.kill('SIGTERM');
      await Promise.race([ended, setTimeout(5_000, undefined, { ref: false }).then(() => emulator.kill('SIGKILL'))]);
      await ended;
    },
  };
}
