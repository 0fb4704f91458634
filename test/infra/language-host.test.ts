import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { providerAnswers, providerOutputs } from '../../infra/provider-outputs.ts';
import { renderStack } from '../../infra/render.ts';
import { project, root } from '../support/example-stack.ts';
import { type Registration, startPulumiEngine } from '../support/pulumi-engine.ts';

/** A clone of its own, in which a test may write. */
const clone = mkdtempSync(join(tmpdir(), 'onramp-clone-'));
after(() => rmSync(clone, { recursive: true }));
const files = [
  'Pulumi.yaml',
  'buf.yaml',
  'console',
  'functions',
  'infra',
  'package.json',
  'package-lock.json',
  'proto',
  'services',
];
for (const path of files) cpSync(join(root, path), join(clone, path), { recursive: true });
symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'), 'junction');

const projectNumber = '123456789012';
const facts = { project, region: 'asia-northeast1', projectNumber, functionUri: undefined };

interface PulumiYaml {
  readonly name: string;
  readonly main: string;
  readonly runtime: { readonly name: string; readonly options: { readonly typescript: boolean } };
}

/** Runs the program as `pulumi up` does: with the SDK's own runner, which Pulumi's language host starts. */
async function pulumiUp(config: Readonly<Record<string, string>>) {
  const { name, main, runtime } = parse(readFileSync(join(clone, 'Pulumi.yaml'), 'utf8')) as PulumiYaml;
  assert.equal(runtime.name, 'nodejs');
  await using engine = await startPulumiEngine(providerOutputs(facts), providerAnswers(facts));
  // Where main is a file, the engine makes its folder the working directory.
  const program = join(clone, main);
  const runner = createRequire(import.meta.url).resolve('@pulumi/pulumi/cmd/run');
  const args = [
    ...['--monitor', engine.address, '--engine', engine.address],
    ...['--project', name, '--root-directory', clone, '--stack', 'dev'],
    ...['--pwd', dirname(program), '--parallel', '16', basename(program)],
  ];
  const env = {
    ...process.env,
    PULUMI_CONFIG: JSON.stringify(config),
    PULUMI_CONFIG_SECRET_KEYS: '[]',
    PULUMI_NODEJS_TYPESCRIPT: String(runtime.options.typescript),
  };
  const ended = await new Promise<{ code: unknown; output: string }>(resolve => {
    execFile(process.execPath, [runner, ...args], { cwd: clone, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, output: `${stdout}${stderr}` });
    });
  });
  const { registrations, outputs, errors } = engine;
  return { ...ended, registrations, outputs, errors };
}

/** Type and name, place, protection and inputs, in the order of the names. */
const comparable = (resources: readonly (Omit<Registration, 'parent'> & { readonly parent?: string })[]) =>
  resources
    .filter(({ type }) => type !== 'pulumi:pulumi:Stack')
    .map(({ type, name, parent, protect, inputs }) => ({
      name: `${type} ${name}`,
      parent: placeOf(parent),
      protect,
      inputs: plain(inputs),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));

/** `type name` of a URN; undefined for the stack, whose name is another here. */
function placeOf(urn = ''): string | undefined {
  const [type = '', name = ''] = urn.split('::').slice(2);
  const own = type.slice(type.lastIndexOf('$') + 1);
  return own === 'pulumi:pulumi:Stack' ? undefined : `${own} ${name}`;
}

const signature = '4dabf18193072939515e22adb298388d';
const archiveSignature = '0def7320c3a5731c473e5ecbe6d01bc7';

/** Inputs without the archive, which only a deployment makes, and without the marks that assets have on the wire. */
function plain(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/functions-[0-9a-f]{16}\.zip/, 'functions-<digest>.zip');
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = value as Readonly<Record<string, unknown>>;
  if (entries[signature] === archiveSignature || Object.keys(entries).join() === 'assets') return '<archive>';
  const own = Object.entries(entries).filter(([key]) => key !== signature && key !== '__pulumiAsset');
  return Object.fromEntries(own.map(([key, item]) => [key, plain(item)]));
}

describe('the program, run by Pulumi’s own language host', () => {
  let up: Awaited<ReturnType<typeof pulumiUp>>;
  before(async () => {
    up = await pulumiUp({ 'onramp:project': project, 'gcp:project': 'elsewhere' });
  });

  it('runs to its end without a word', () => {
    const { code, output, errors } = up;
    assert.deepEqual({ code, output, errors }, { code: 0, output: '', errors: [] });
  });

  it('registers what rendering shows: the same resources, in the same places, with the same inputs', async () => {
    const rendered = await renderStack({ root: clone, project, projectNumber });
    assert.ok(rendered.resources.length > 50);
    assert.deepEqual(comparable(up.registrations), comparable(rendered.resources));
  });

  it('answers with the ramps', () => {
    const outputs = up.outputs.get('urn:pulumi:dev::onramp::pulumi:pulumi:Stack::onramp-dev');
    assert.deepEqual(outputs?.['ramps'], ['assets/images', 'flights/departures', 'quakes/detected']);
  });

  it('uploads the functions under a name that is made of their content', () => {
    const archive = up.registrations.find(({ type, name }) => type.endsWith(':BucketObject') && name === 'functions');
    const name = String(archive?.inputs['name']);
    assert.match(name, /^functions-[0-9a-f]{16}\.zip$/);
    const { path } = archive?.inputs['source'] as { path: string };
    assert.equal(path, join(clone, 'dist', name.replace('.zip', '')));
    assert.ok(existsSync(join(path, 'index.js')));
  });

  it('shows what is wrong with a service as one report, without a stack trace', async () => {
    const file = join(clone, 'services/flights/service.yaml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('flights.v1.Departure', 'flights.v1.Depature').replace('owner:', 'ower:'));
    try {
      const { code, output, errors, registrations } = await pulumiUp({ 'onramp:project': project });
      // The code by which the language host knows that the user has been told.
      assert.equal(code, 32);
      assert.equal(output, '');
      assert.equal(errors.length, 1);
      assert.match(errors[0] ?? '', /services\/flights\/service\.yaml:\d+:\d+ {2}the key "ower" is not known here/);
      assert.match(errors[0] ?? '', /did you mean "flights\.v1\.Departure"\?/);
      assert.match(errors[0] ?? '', /\n3 problems\n$/);
      assert.doesNotMatch(errors[0] ?? '', /\bat .*:\d+:\d+|Error:|node_modules|unhandled/);
      assert.deepEqual(
        registrations.map(({ type }) => type),
        ['pulumi:pulumi:Stack'],
      );
    } finally {
      writeFileSync(file, text);
    }
  });
});
