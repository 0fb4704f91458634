import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { runCaptured } from './captured-terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'onramp-cli-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8')) as {
  version: string;
};

describe('onramp', () => {
  it('prints the version of package.json', async () => {
    assert.deepEqual(await runCaptured(['--version']), { stdout: `${manifest.version}\n`, stderr: '', exitCode: 0 });
  });

  const commands = [
    ['local'],
    ['demo'],
    ['status'],
    ['publish'],
    ['query'],
    ['lake'],
    ['lake', 'list'],
    ['lake', 'cat'],
    ['dead-letter'],
    ['dead-letter', 'list'],
    ['dead-letter', 'show'],
    ['export'],
    ['export', 'list'],
    ['export', 'show'],
    ['export', 'render'],
    ['export', 'run'],
    ['export', 'backfill'],
    ['export', 'pause'],
    ['export', 'resume'],
    ['run'],
    ['run', 'list'],
    ['run', 'show'],
    ['run', 'rerun'],
    ['run', 'mark'],
    ['run', 'cancel'],
    ['pool'],
    ['pool', 'list'],
    ['check'],
    ['plan'],
    ['cost'],
  ];
  for (const command of [[], ...commands]) {
    it(`shows examples in ${['onramp', ...command, '--help'].join(' ')}`, async () => {
      const { stdout, stderr, exitCode } = await runCaptured([...command, '--help']);
      assert.match(stdout, /\nExamples:\n( {2}\$ .*onramp .*\n)+$/);
      assert.equal(stderr, '');
      assert.equal(exitCode, 0);
    });
  }

  const mistakes: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['no command', [], /^Usage: onramp/],
    ['an unknown command', ['locl'], /error: unknown command 'locl'\n\(Did you mean local\?\)/],
    ['an unknown option', ['status', '--jason'], /error: unknown option '--jason'\n\(Did you mean --json\?\)/],
    ['a missing argument', ['publish'], /error: missing required argument 'ramp'/],
    ['an argument too many', ['status', 'x'], /error: too many arguments for 'status'/],
    ['a port that is none', ['local', '--port-base', '65536'], /whole number from 0 to 65000/],
    ['a rate of zero', ['demo', '--rate', '0'], /whole number from 1\./],
    ['an attribute without value', ['publish', 'a/b', '--attribute', 'x'], /a name and a value, such as origin=test/],
    ['an unknown lake', ['lake', 'list', 'rawr'], /Allowed choices are raw, structured, dead-letter/],
    ['a date that is none', ['lake', 'list', 'raw', '--date', '2026-13-01'], /It is a date such as/],
    [
      'a ramp that is none',
      ['lake', 'list', 'raw', 'departures'],
      /"departures" is no ramp\n {2}Write <service>\/<ramp>/,
    ],
    ['an unknown stage', ['dead-letter', 'list', '--stage', 'x'], /Allowed choices are ramp-to-hub, /],
    [
      'an unknown reason',
      ['dead-letter', 'list', '--reason', 'PAYLOAD_UNDECODEABLE'],
      /"PAYLOAD_UNDECODEABLE" is no reason\n {2}Did you mean "PAYLOAD_UNDECODABLE"\?/,
    ],
    ['two output formats', ['query', '--json', '--csv', 'SELECT 1'], /'--json' cannot be used with option '--csv'/],
    ['a rate of nothing', ['cost', '--rate', '0'], /number above 0/],
    ['a cost of nothing', ['cost'], /say how many messages \(--rate\) or exports \(--exports\) there are, or both/],
    ['a root without services', ['check', '--root', folder], /error: there is no folder services in /],
  ];
  for (const [what, args, expected] of mistakes) {
    it(`exits with 2 and says what to do for ${what}`, async () => {
      const { stdout, stderr, exitCode } = await runCaptured(args);
      assert.match(stderr, expected);
      assert.equal(stdout, '');
      assert.equal(exitCode, 2);
    });
  }

  for (const args of [['status'], ['query', 'SELECT 1'], ['lake', 'list', 'raw'], ['dead-letter', 'list']]) {
    it(`says so when no local cloud runs for ${args.join(' ')}`, async () => {
      const { stdout, stderr, exitCode } = await runCaptured([...args, '--folder', folder]);
      assert.equal(
        stderr,
        `error LOCAL_NOT_RUNNING: ${folder}\n` +
          '  No local cloud works on the folder.\n' +
          '  Start one with onramp local or npm start, or name its folder with --folder.\n',
      );
      assert.equal(stdout, '');
      assert.equal(exitCode, 1);
    });
  }
});
