import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { warehouse } from './warehouse.ts';

const { answer, expressions, failures } = warehouse();

// https://cloud.google.com/bigquery/docs/reference/standard-sql/string_functions
describe('string functions', () => {
  expressions([
    ["SUBSTR('apple', 2)", 'pple'],
    ["SUBSTR('apple', 2, 2)", 'pp'],
    ["SUBSTR('apple', -2)", 'le'],
    ["SUBSTR('apple', 1, 123)", 'apple'],
    ["SUBSTR('apple', 123)", ''],
    ["SUBSTR('apple', 123, 5)", ''],
    ["SUBSTR('apple', 0, 2)", 'ap'],
    ["SUBSTRING('apple', -10, 2)", 'ap'],
    ["SUBSTR('apple', 2, 0)", ''],
    ["TO_HEX(SUBSTR(b'apple', 2, 2))", '7070'],
    ["TO_HEX(SUBSTR(b'apple', 2, 0))", ''],
    ["TO_HEX(SUBSTR(b'apple', -2))", '6c65'],
    ['SUBSTR(CAST(NULL AS STRING), 1)', null],
    ["SAFE.SUBSTR('abc', 1, -1)", null],
    ["LENGTH('абвгд')", '5'],
    ["LENGTH(CAST('абвгд' AS BYTES))", '10'],
    ["CHAR_LENGTH('абвгд')", '5'],
    ["BYTE_LENGTH('абвгд')", '10'],
    ["OCTET_LENGTH(b'abc')", '3'],
    ["STRPOS('foo@example.com', '@')", '4'],
    ["STRPOS('foobar', '@')", '0'],
    ["INSTR('banana', 'an')", '2'],
    ["CONCAT('T.P.', ' ', 'Bar')", 'T.P. Bar'],
    ["CONCAT('a', NULL)", null],
    ["'a' || NULL", null],
    ["TO_HEX(b'a' || b'b')", '6162'],
    ["SPLIT('b c d', ' ')", ['b', 'c', 'd']],
    ["SPLIT('', ' ')", ['']],
    ["SPLIT('a,b')", ['a', 'b']],
    ["SPLIT('aé', '')", ['a', 'é']],
    ["TRIM('   apple   ')", 'apple'],
    ["TRIM('\\t\\u00a0apple\\n')", 'apple'],
    ["TRIM('***apple***', '*')", 'apple'],
    ["LTRIM('***apple***', '*')", 'apple***'],
    ["RTRIM('***apple***', '*')", '***apple'],
    ["LTRIM(' a ') || '|'", 'a |'],
    ["LPAD('abc', 5)", '  abc'],
    ["LPAD('abc', 8, 'def')", 'defdeabc'],
    ["RPAD('例子', 5, '中')", '例子中中中'],
    ["LPAD('例子', 1)", '例'],
    ["LEFT('banana', 3)", 'ban'],
    ["RIGHT('apple', 3)", 'ple'],
    ["REPEAT('abc', 3)", 'abcabcabc'],
    ["REPLACE('Coke Coke', 'Coke', 'Pepsi')", 'Pepsi Pepsi'],
    ["REPLACE('abc', '', 'x')", 'abc'],
    ["REVERSE('abc')", 'cba'],
    ["REVERSE('a🇯🇵')", '🇵🇯a'],
    ["UPPER('foo')", 'FOO'],
    ["LOWER('FOO')", 'foo'],
    ["STARTS_WITH('bar', 'b')", true],
    ["ENDS_WITH('apple', 'e')", true],
    ["ASCII('A')", '65'],
    ["UNICODE('â')", '226'],
    ['CHR(255)', 'ÿ'],
    ["TRANSLATE('This is a cookie', 'sco', 'zku')", 'Thiz iz a kuukie'],
    ["TO_HEX(b'\\x00\\x01\\xaf')", '0001af'],
    ["TO_HEX(FROM_HEX('AAFF'))", 'aaff'],
    ["TO_HEX(FROM_HEX('f'))", '0f'],
    ["TO_BASE64(b'\\377\\340')", '/+A='],
    ["TO_HEX(FROM_BASE64('/+A='))", 'ffe0'],
    ["TO_HEX(MD5('Hello World'))", 'b10a8db164e0754105b7a99be72e3fe5'],
    ["TO_HEX(SHA1('Hello World'))", '0a4d55a8d778e5022fab701977c5d840bbc486d0'],
    ["TO_HEX(SHA256(b'Hello World'))", 'a591a6d40bf420404a011733cfb7b190d62c65bf0bcda32b57b277d9ad9f146e'],
    ["'a' < 'B'", false],
    ["'Z' < 'a'", true],
    ["'é' = 'e'", false],
    ["'a_b' LIKE 'a\\\\_b'", true],
    ["'axb' LIKE 'a\\\\_b'", false],
    ["'axb' LIKE 'a_b'", true],
    ["'ABC' NOT LIKE 'a%'", true],
  ]);
  failures([
    ["SELECT SUBSTR('abc', 1, -1)", /cannot be negative/],
    ["SELECT REPEAT('abc', -1)", /cannot be negative/],
    ["SELECT LEFT('abc', -1)", /cannot be negative/],
  ]);

  it('SUBSTR counts characters, as its documentation says', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '字', '🦆'), maxLength: 6 });
    const position = fc.integer({ min: -8, max: 8 });
    await fc.assert(
      fc.asyncProperty(text, position, fc.nat(8), async (value, start, length) => {
        const characters = Array.from(value);
        const from = start > 0 ? start - 1 : start < -characters.length || start === 0 ? 0 : characters.length + start;
        const expected = characters.slice(from, from + length).join('');
        const { rows } = await answer(`SELECT SUBSTR('${value}', ${start}, ${length})`);
        assert.deepEqual(rows, [[expected]]);
      }),
      { numRuns: 40 },
    );
  });
});

// https://cloud.google.com/bigquery/docs/reference/standard-sql/string_functions#regexp_contains and those after it
describe('regular expressions', () => {
  expressions([
    ["REGEXP_CONTAINS('foo@example.com', r'@[a-zA-Z0-9-]+\\.[a-zA-Z0-9-.]+')", true],
    ["REGEXP_CONTAINS('a\\nb', r'a.b')", false],
    ["REGEXP_CONTAINS('ABC', r'(?i)abc')", true],
    ["REGEXP_EXTRACT('foo@example.com', r'^[a-zA-Z0-9_.+-]+')", 'foo'],
    ["REGEXP_EXTRACT('foo@example.com', r'^[a-zA-Z0-9_.+-]+@[a-zA-Z0-9-]+\\.([a-zA-Z0-9-.]+$)')", 'com'],
    ["REGEXP_EXTRACT('abc', 'x')", null],
    ["REGEXP_SUBSTR('abc', 'b')", 'b'],
    ["REGEXP_EXTRACT('ab', r'(?:x|a)(b)')", 'b'],
    ["REGEXP_EXTRACT('ab', r'(a|x)')", 'a'],
    ["REGEXP_EXTRACT('a(b', r'a[(](b)')", 'b'],
    ["REGEXP_EXTRACT_ALL('Try `func(x)` or `func(y)`', '`(.+?)`')", ['func(x)', 'func(y)']],
    ["REGEXP_REPLACE('# Heading', r'^# ([a-zA-Z0-9\\s]+$)', '<h1>\\\\1</h1>')", '<h1>Heading</h1>'],
    ["REGEXP_REPLACE('abab', 'b', '-')", 'a-a-'],
  ]);
});

// https://cloud.google.com/bigquery/docs/reference/standard-sql/string_functions#format_string
describe('FORMAT', () => {
  expressions([
    ["FORMAT('%d', 10)", '10'],
    ["FORMAT('|%10d|', 11)", '|        11|'],
    ["FORMAT('+%010d+', 12)", '+0000000012+'],
    [`FORMAT("%'d", 123456789)`, '123,456,789'],
    ["FORMAT('-%s-', 'abcd efg')", '-abcd efg-'],
    ["FORMAT('%f %E', 1.1, 2.2)", '1.100000 2.200000E+00'],
    ["FORMAT('%t', DATE '2015-09-01')", '2015-09-01'],
    ["FORMAT('%t', TIMESTAMP '2015-09-01 12:34:56 America/Los_Angeles')", '2015-09-01 19:34:56+00'],
    ["FORMAT('%.2f%%', 12.345)", '12.35%'],
    ["FORMAT('%x', 2042)", '7fa'],
    ["FORMAT('%5s|%-5s|', 'a', 'b')", '    a|b    |'],
    ["FORMAT('%t', 123.0)", '123.0'],
    ["FORMAT('%t', NULL)", 'NULL'],
    ["FORMAT('%s', CAST(NULL AS STRING))", null],
  ]);
});

// https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#string_and_bytes_literals
describe('literals', () => {
  expressions([
    [`'it\\'s'`, "it's"],
    [`"it's"`, "it's"],
    [`'''a'b'''`, "a'b"],
    [`"""a"b\nc"""`, 'a"b\nc'],
    [`'\\x41\\101\\u0042\\U0001F986\\n'`, 'AAB🦆\n'],
    [String.raw`r'\d\n'`, '\\d\\n'],
    [`TO_HEX(b'\\x00\\xff\\101a')`, '00ff4161'],
    [String.raw`TO_HEX(rb'\x')`, '5c78'],
    [`TO_HEX(CAST('a\\0b' AS BYTES))`.replace('\\0', '\\x00'), '610062'],
    ['0x1F', '31'],
    ['-0x1F', '-31'],
    ['1.5e3', 1500],
    ['.5', 0.5],
    ['-9223372036854775808', '-9223372036854775808'],
    ['2147483647 + 1', '2147483648'],
    ["NUMERIC '1.25'", '1.250000000'],
    ['JSON \'{"a":  1}\'', '{"a":1}'],
    ['1 -- one\n # two\n /* three */ + 1', '2'],
  ]);

  it('any text survives as a literal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async text => {
        const { rows } = await answer(`SELECT ${JSON.stringify(text).replaceAll('`', '\\`')}`);
        assert.deepEqual(rows, [[text]]);
      }),
      { numRuns: 30 },
    );
  });
});
