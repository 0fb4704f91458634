import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { strftime } from '../../../../../functions/core/batch/template/strftime.ts';
import { strptime } from '../../../../../functions/core/batch/template/strptime.ts';
import { isoText, TemplateDate } from '../../../../../functions/core/batch/template/template-date.ts';

const directives = Array.from('aAwuDdebhBmyYCHkIlpPMSfzZjUWGgVscxXTFRrnt%');
const zones = [
  'UTC',
  'Europe/London',
  'America/New_York',
  'Asia/Tokyo',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
  'Australia/Sydney',
  'Pacific/Apia',
];

const program = `
import sys, json
from datetime import datetime, timezone, timedelta
from zoneinfo import ZoneInfo
answers = []
for micros, zone, formats in json.load(sys.stdin):
    date = (datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=micros)).astimezone(ZoneInfo(zone))
    answers.append([date.isoformat()] + [date.strftime(f) for f in formats])
json.dump(answers, sys.stdout)
`;

const python = spawnSync('python3', ['-c', 'import zoneinfo; zoneinfo.ZoneInfo("Australia/Lord_Howe")']).status === 0;
const skip = python ? false : 'python3 with zoneinfo and its time zones is not installed';

/** What Python answers: the date in ISO 8601, then each format. */
function askPython(questions: readonly (readonly [number, string, readonly string[]])[]): string[][] {
  const output = execFileSync('python3', ['-c', program], {
    input: JSON.stringify(questions),
    env: { ...process.env, LC_ALL: 'C' },
  });
  return JSON.parse(output.toString('utf8')) as string[][];
}

/** From 2000 to 2037, for which all databases of time zones agree; in whole microseconds. */
const moments = fc
  .tuple(fc.integer({ min: 946_684_800, max: 2_145_916_799 }), fc.integer({ min: 0, max: 999_999 }))
  .map(([seconds, micros]) => seconds * 1_000_000 + micros);

describe('strftime', () => {
  it('writes every directive as Python does', { skip }, () => {
    const formats = directives
      .flatMap(letter => [`%${letter}`, `%-${letter}`])
      .filter(format => !/^%-[cxXDTFrRzZsapPAbBhnt%f]$/.test(format));
    const samples = fc.sample(fc.tuple(moments, fc.constantFrom(...zones)), { numRuns: 1500, seed: 7 });
    // Ends of years, where weeks are counted in several ways, and leap days.
    const ends = Array.from({ length: 40 }, (_, index) => Date.UTC(1995 + index, 11, 28 + (index % 7), 12) * 1000);
    const leaps = [1996, 2000, 2004, 2024].map(year => Date.UTC(year, 1, 29, 23, 59, 59) * 1000);
    const questions = [...samples, ...[...ends, ...leaps].map(micros => [micros, 'UTC'] as const)];
    // Python's %s takes the fields for the machine's own time zone, which is a fault of it.
    const asked = formats.filter(format => format !== '%s');
    const answers = askPython(questions.map(([micros, zone]) => [micros, zone, asked]));
    for (const [index, [micros, zone]] of questions.entries()) {
      const date = new TemplateDate(BigInt(micros), zone);
      const expected = answers[index] ?? [];
      const at = `${micros} in ${zone}`;
      assert.equal(isoText(date), expected[0], at);
      for (const [position, format] of asked.entries()) {
        const python = expected[position + 1] ?? '';
        // Where the IANA database has no abbreviation any more, the engine still has the one that was in use.
        if (format === '%Z' && !/^[A-Z]/.test(python)) continue;
        assert.equal(strftime(date, format), python, `${format} of ${at}, which is ${expected[0]}`);
      }
    }
  });

  it('writes texts around and between directives as they are', () => {
    const date = new TemplateDate(0n, 'UTC');
    assert.equal(strftime(date, 'a%%b %Y-%m-%dT%H:%M:%S.%f%:z é'), 'a%b 1970-01-01T00:00:00.000000+00:00 é');
    assert.equal(strftime(date, '%s %-d.%-m. %-H'), '0 1.1. 0');
  });

  it('refuses a directive that does not exist, which Python would print', () => {
    for (const format of ['%Q', '%', '%-', '%é'])
      assert.throws(() => strftime(new TemplateDate(0n, 'UTC'), format), /no directive/);
  });

  it('is read back by strptime', () => {
    fc.assert(
      fc.property(
        moments,
        fc.constantFrom(
          '%Y-%m-%d %H:%M:%S.%f',
          '%d %B %Y %I:%M:%S %p.%f',
          '%Y %j %H%M%S %f',
          '%b %d, %Y %H:%M:%S,%f %z',
        ),
        (micros, format) => {
          const date = new TemplateDate(BigInt(micros), 'UTC');
          assert.equal(strptime(strftime(date, format), format).micros, date.micros);
        },
      ),
    );
  });

  it('refuses what is not of the format', () => {
    for (const [text, format] of [
      ['2026-02-30', '%Y-%m-%d'],
      ['2026-13-01', '%Y-%m-%d'],
      ['2026-01-01x', '%Y-%m-%d'],
      ['2026', '%Q'],
      ['1.1', '%d.%d'],
    ] as const) {
      assert.throws(() => strptime(text, format), { name: 'ValueError' });
    }
  });
});
