import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { displayWidth } from '../../../cli/display-width.ts';
import { hexDump } from '../../../cli/hex-dump.ts';
import { formatCsv, formatFacts, formatTable, printable } from '../../../cli/output.ts';
import { rfc3339OfMicros } from '../../../cli/time.ts';
import { CapturedTerminal } from './captured-terminal.ts';

const { stdout } = new CapturedTerminal();

describe('a table', () => {
  it('puts text at the left and numbers at the right of their columns', () => {
    const columns = [{ title: 'ramp' }, { title: 'published', align: 'right' as const }, { title: 'note' }];
    const rows = [
      ['flights/departures', '7', ''],
      ['a/b', '1234567890', 'late'],
    ];
    assert.equal(
      formatTable(columns, rows, stdout),
      [
        'ramp                 published  note',
        'flights/departures           7',
        'a/b                 1234567890  late',
        '',
      ].join('\n'),
    );
  });

  it('shows its titles when it has no row', () => {
    assert.equal(formatTable([{ title: 'a' }, { title: 'b' }], [], stdout), 'a  b\n');
  });

  it('aligns Japanese text, whose characters are two columns wide', () => {
    const rows = [
      ['メルペイ', 'x'],
      ['Mercari', 'y'],
    ];
    assert.equal(
      formatTable([{ title: 'n' }, { title: 'v' }], rows, stdout),
      'n         v\nメルペイ  x\nMercari   y\n',
    );
  });

  it('shows control characters of the data as escapes, so that data cannot move the cursor', () => {
    assert.equal(printable('a\nb\t\u001b[31mred\u0007\u202e'), 'a\\nb\\t\\u{1b}[31mred\\u{7}\\u{202e}');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        assert.doesNotMatch(printable(text), /[\p{Cc}\u2028\u2029\u202a-\u202e]/u);
      }),
    );
  });

  it('is as wide in every line as its widest cells', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.constant('|'))), rows => {
        const [head = '', ...lines] = formatTable([{ title: 'title' }, { title: '|' }], rows, stdout).split('\n');
        lines.pop();
        for (const line of lines) assert.equal(displayWidth(line), displayWidth(head));
      }),
    );
  });
});

describe('other output', () => {
  it('aligns the values of facts', () => {
    assert.equal(
      formatFacts([
        ['a', '1'],
        ['long name', '2'],
        ['', '3'],
      ]),
      'a          1\nlong name  2\n           3\n',
    );
  });

  it('tells NULL from an empty text in CSV, and quotes what needs it', () => {
    assert.equal(
      formatCsv(
        ['a', 'b"c'],
        [
          [null, ''],
          ['1,5', 'two\nlines'],
        ],
      ),
      'a,"b""c"\r\n,""\r\n"1,5","two\nlines"\r\n',
    );
  });

  it('dumps bytes as hexdump does, up to a limit', () => {
    const bytes = Buffer.from('0123456789abcdef\u0000\xff!', 'latin1');
    assert.equal(
      hexDump(bytes),
      '00000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  |0123456789abcdef|\n' +
        '00000010  00 ff 21                                         |..!|\n',
    );
    assert.equal(
      hexDump(bytes, 16),
      '00000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  |0123456789abcdef|\n… and 3 bytes more\n',
    );
  });

  it('writes times with no more digits than they need', () => {
    assert.equal(rfc3339OfMicros(0n), '1970-01-01T00:00:00Z');
    assert.equal(rfc3339OfMicros(1_500_000n), '1970-01-01T00:00:01.500Z');
    assert.equal(rfc3339OfMicros(-1n), '1969-12-31T23:59:59.999999Z');
    assert.equal(rfc3339OfMicros(-62_135_596_800_000_000n), '0001-01-01T00:00:00Z');
    assert.equal(rfc3339OfMicros(253_402_300_799_999_999n), '9999-12-31T23:59:59.999999Z');
  });
});
