import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { printDouble } from '../../../../local/bigquery/values/cell.ts';
import {
  maxMicros,
  minMicros,
  parseDate,
  parseDatetime,
  parseTime,
  parseTimestamp,
  printDate,
  printDatetime,
  printTime,
} from '../../../../local/bigquery/values/civil.ts';
import { digitsProblem, fitDigits, parseDecimal, printDecimal } from '../../../../local/bigquery/values/decimal.ts';
import { parseInterval, printInterval } from '../../../../local/bigquery/values/interval.ts';
import { normalJson } from '../../../../local/bigquery/values/json-text.ts';

describe('a date', () => {
  const cases: [string, number | undefined][] = [
    ['1970-01-01', 0],
    ['1969-12-31', -1],
    ['0001-01-01', -719_162],
    ['9999-12-31', 2_932_896],
    ['2024-02-29', 19_782],
    ['2023-02-29', undefined],
    ['2023-13-01', undefined],
    ['0000-01-01', undefined],
    ['10000-01-01', undefined],
    ['2023-1-2', 19_359],
    ['yesterday', undefined],
  ];
  for (const [text, days] of cases) {
    it(`${text} is ${days === undefined ? 'none' : `day ${days}`}`, () => {
      assert.equal(parseDate(text), days);
    });
  }
});

describe('a moment', () => {
  const cases: [string, bigint | undefined][] = [
    ['1970-01-01T00:00:01Z', 1_000_000n],
    ['1970-01-01 00:00:00.000001 UTC', 1n],
    ['1970-01-01 01:00:00+01:00', 0n],
    ['1969-12-31 23:30-00:30', undefined],
    ['1969-12-31 23:30:00-00:30', 0n],
    ['1970-01-01', 0n],
    ['1970-01-01T24:00:00Z', undefined],
    ['9999-12-31T23:59:59.999999Z', maxMicros],
    ['0001-01-01T00:00:00Z', minMicros],
    ['0001-01-01T00:00:00+01:00', undefined],
    ['1970-01-01T00:00:00.1234567Z', undefined],
    ['1970-01-01 00:00:00 Europe/Berlin', undefined],
  ];
  for (const [text, micros] of cases) {
    it(`${text} is ${micros === undefined ? 'none' : `${micros} µs`}`, () => {
      assert.equal(parseTimestamp(text), micros);
    });
  }

  it('is read as it is printed', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: minMicros, max: maxMicros }), micros => {
        const text = printDatetime(micros);
        assert.equal(parseDatetime(text), micros);
        assert.equal(parseTimestamp(`${text}Z`), micros);
        const [date = '', time = ''] = text.split('T');
        assert.equal(printDate(parseDate(date) ?? Number.NaN), date);
        assert.equal(printTime(parseTime(time) ?? -1n), time);
      }),
    );
  });
});

describe('a NUMERIC', () => {
  const cases: [string, string | undefined][] = [
    ['1', '1'],
    ['-1.50', '-1.5'],
    ['+.5', '0.5'],
    ['5.', '5'],
    ['1e3', '1000'],
    ['1.5E-3', '0.0015'],
    ['-0', '0'],
    ['0e99999', undefined],
    ['0e9999', '0'],
    ['99999999999999999999999999999.999999999', '99999999999999999999999999999.999999999'],
    ['100000000000000000000000000000', undefined],
    ['0.0000000001', undefined],
    ['1e9999', undefined],
    ['.', undefined],
    ['', undefined],
    ['abc', undefined],
    ['NaN', undefined],
  ];
  for (const [text, printed] of cases) {
    it(`"${text}" is ${printed ?? 'none'}`, () => {
      const scaled = parseDecimal('NUMERIC', text);
      assert.equal(scaled === undefined ? undefined : printDecimal(scaled, 9), printed);
    });
  }
});

describe('a BIGNUMERIC', () => {
  const most = '578960446186580977117854925043439539266.34992332820282019728792003956564819967';
  const least = '-578960446186580977117854925043439539266.34992332820282019728792003956564819968';
  const cases: [string, string | undefined][] = [
    [most, most],
    [least, least],
    [`${most.slice(0, -1)}8`, undefined],
    [`${least.slice(0, -1)}9`, undefined],
    ['1e-38', `0.${'0'.repeat(37)}1`],
    ['1e-39', undefined],
    ['5e38', `5${'0'.repeat(38)}`],
    ['6e38', undefined],
  ];
  for (const [text, printed] of cases) {
    it(`"${text}" is ${printed ?? 'none'}`, () => {
      const scaled = parseDecimal('BIGNUMERIC', text);
      assert.equal(scaled === undefined ? undefined : printDecimal(scaled, 38), printed);
    });
  }
});

describe('the digits of a decimal column', () => {
  const cases: [precision: number, scale: number, text: string, fitted: string | undefined][] = [
    [5, 2, '123.454', '123.45'],
    [5, 2, '123.455', '123.46'],
    [5, 2, '-123.455', '-123.46'],
    [5, 2, '999.995', undefined],
    [5, 2, '-999.995', undefined],
    [5, 0, '0.5', '1'],
    [2, 2, '0.994', '0.99'],
    [2, 2, '1', undefined],
  ];
  for (const [precision, scale, text, fitted] of cases) {
    it(`(${precision}, ${scale}) make ${fitted ?? 'an error'} of ${text}`, () => {
      for (const type of ['NUMERIC', 'BIGNUMERIC'] as const) {
        const scaled = fitDigits(type, { precision, scale }, parseDecimal(type, text) ?? 0n);
        assert.equal(scaled === undefined ? undefined : printDecimal(scaled, type === 'NUMERIC' ? 9 : 38), fitted);
      }
    });
  }

  it('are those that BigQuery allows', () => {
    const problem = (type: 'NUMERIC' | 'BIGNUMERIC', precision: number, scale: number) =>
      digitsProblem(type, { precision, scale });
    assert.equal(problem('NUMERIC', 38, 9), undefined);
    assert.equal(problem('BIGNUMERIC', 76, 38), undefined);
    assert.equal(problem('BIGNUMERIC', 20, 20), undefined);
    assert.match(problem('NUMERIC', 30, 0) ?? '', /precision with scale 0 must be between 1 and 29/);
    assert.match(problem('BIGNUMERIC', 19, 20) ?? '', /between 20 and 58/);
    assert.match(problem('BIGNUMERIC', 60, 39) ?? '', /scale must be between 0 and 38/);
    assert.match(problem('NUMERIC', 1.5, 0) ?? '', /precision/);
  });
});

describe('an INTERVAL', () => {
  const cases: [string, string | undefined][] = [
    ['1-2 3 4:5:6', '1-2 3 4:5:6'],
    ['-1-2 -3 -4:5:6.5', '-1-2 -3 -4:5:6.500'],
    ['0-0 0 0:0:0.000001', '0-0 0 0:0:0.000001'],
    ['P1Y2M3DT4H5M6.5S', '1-2 3 4:5:6.500'],
    ['PT36H', '0-0 0 36:0:0'],
    ['PT-1.5S', '0-0 0 -0:0:1.500'],
    ['P2W', '0-0 14 0:0:0'],
    ['P', undefined],
    ['PT', undefined],
    ['10001-0 0 0:0:0', undefined],
    ['1 day', undefined],
  ];
  for (const [text, printed] of cases) {
    it(`"${text}" is ${printed ?? 'none'}`, () => {
      const interval = parseInterval(text);
      assert.equal(interval && printInterval(interval), printed);
    });
  }
});

describe('a FLOAT', () => {
  const cases: [number, string][] = [
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [-1.5, '-1.5'],
    [0.001, '0.001'],
    [0.0001, '1.0E-4'],
    [9_999_999, '9999999.0'],
    [10_000_000, '1.0E7'],
    [1.408452095123456e9, '1.408452095123456E9'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ];
  for (const [value, printed] of cases) {
    it(`${Object.is(value, -0) ? '-0' : value} is printed ${printed}`, () => {
      assert.equal(printDouble(value), printed);
    });
  }

  it('is printed without loss', () => {
    fc.assert(fc.property(fc.double({ noNaN: true }), value => Object.is(Number(printDouble(value)), value)));
  });
});

describe('a JSON text', () => {
  it('is kept without white space and with every digit', () => {
    assert.equal(normalJson(' { "a" : [ 1 , 2.50 ] } '), '{"a":[1,2.5]}');
    assert.equal(normalJson('{"n": 12345678901234567890.10}'), '{"n":12345678901234567890.10}');
    assert.equal(normalJson('{"a": '), undefined);
    assert.equal(normalJson(''), undefined);
  });
});
