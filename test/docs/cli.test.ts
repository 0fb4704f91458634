import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exitCodes } from '../../cli/terminal.ts';
import { commands } from './command-help.ts';
import { pageText, section, tableRows } from './page.ts';

const page = section(pageText('docs/configuration.md'), 'Commands');
const [program, ...all] = await commands();

describe('the commands on docs/configuration.md', () => {
  it('are those of the program, with their arguments', () => {
    assert.ok(all.length > 8);
    assert.deepEqual(
      tableRows(page),
      all.map(({ usage, summary }) => [usage, summary]),
    );
  });

  it('have all their options', () => {
    const own = all.flatMap(({ usage, options }) => options.map(option => [nameOf(usage), ...option]));
    const common = program?.options.map(option => ['all', ...option]) ?? [];
    assert.ok(common.length > 0);
    assert.deepEqual(tableRows(section(page, 'Options')), [...common, ...own]);
  });

  it('end with the codes of the program', () => {
    assert.deepEqual(
      tableRows(section(page, 'Exit codes')).map(([code]) => Number(code)),
      Object.values(exitCodes),
    );
  });
});

/** `lake list` of `onramp lake list <lake> [ramp]`. */
const nameOf = (usage: string) => usage.replace(/^onramp /, '').replace(/ [<[].*$/, '');
