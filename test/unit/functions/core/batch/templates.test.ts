import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { TemplateError } from '../../../../../functions/core/batch/template/template-error.ts';
import { renderTemplate, type TemplateContext, templateErrors } from '../../../../../functions/core/batch/templates.ts';
import { exampleSchedule } from '../../../../support/example-export.ts';

const context: TemplateContext = {
  address: 'payment/transfers',
  schedule: exampleSchedule({ cron: '0 15 * * *' }),
  interval: { start: '2026-03-28T15:00:00.000Z', end: '2026-03-29T15:00:00.000Z' },
  params: { country: 'jp', limit: 3, full: false },
};

const render = (template: string, changes: Partial<TemplateContext> = {}) =>
  renderTemplate(template, { ...context, ...changes });

/** What is wrong with a template, as `line:column what`. */
function problem(template: string): string {
  try {
    return `renders ${render(template)}`;
  } catch (error) {
    assert.ok(error instanceof TemplateError, String(error));
    return `${error.line}:${error.column} ${error.what}`;
  }
}

describe('a template has', () => {
  const variables: readonly (readonly [string, string])[] = [
    ['execution_date', '2026-03-28T15:00:00+00:00'],
    ['logical_date', '2026-03-28T15:00:00+00:00'],
    ['data_interval_start', '2026-03-28T15:00:00+00:00'],
    ['data_interval_end', '2026-03-29T15:00:00+00:00'],
    ['next_execution_date', '2026-03-29T15:00:00+00:00'],
    ['prev_execution_date', '2026-03-27T15:00:00+00:00'],
    ['ds', '2026-03-28'],
    ['ds_nodash', '20260328'],
    ['next_ds', '2026-03-29'],
    ['next_ds_nodash', '20260329'],
    ['prev_ds', '2026-03-27'],
    ['yesterday_ds', '2026-03-27'],
    ['tomorrow_ds_nodash', '20260329'],
    ['ts', '2026-03-28T15:00:00+00:00'],
    ['ts_nodash', '20260328T150000'],
    ['ts_nodash_with_tz', '20260328T150000+0000'],
    ['run_id', 'payment/transfers/2026-03-28T15:00:00.000Z'],
    ['params.country', 'jp'],
    ['params.limit', '3'],
    ['params.full', 'False'],
  ];
  for (const [name, value] of variables) {
    it(`Airflow's ${name}`, () => {
      assert.equal(render(`{{ ${name} }}`), value);
    });
  }

  const expressions: readonly (readonly [string, string])[] = [
    ["execution_date.strftime('%Y-%m-%d %H:00:00')", '2026-03-28 15:00:00'],
    ['execution_date.year', '2026'],
    ["execution_date.in_timezone('Asia/Tokyo').isoformat()", '2026-03-29T00:00:00+09:00'],
    ["execution_date.in_tz('Asia/Tokyo').strftime('%F %H')", '2026-03-29 00'],
    ['execution_date.add(days=1, hours=-15)', '2026-03-29T00:00:00+00:00'],
    ['execution_date.add(months=11)', '2027-02-28T15:00:00+00:00'],
    ['execution_date.subtract(years=2, months=1).to_date_string()', '2024-02-28'],
    // Summer time begins in London at 01:00 UTC on 29 March 2026: a day on the clock has 23 hours.
    ["execution_date.in_timezone('Europe/London').add(days=1).in_timezone('UTC')", '2026-03-29T14:00:00+00:00'],
    ["execution_date.in_timezone('Europe/London').add(hours=24).in_timezone('UTC')", '2026-03-29T15:00:00+00:00'],
    ['execution_date + macros.timedelta(hours=9)', '2026-03-29T00:00:00+00:00'],
    ['(execution_date - macros.timedelta(1, 30)).isoformat()', '2026-03-27T14:59:30+00:00'],
    ['next_execution_date - macros.timedelta(microseconds=1)', '2026-03-29T14:59:59.999999+00:00'],
    ['next_execution_date - execution_date', '1 day, 0:00:00'],
    ['(next_execution_date - execution_date).total_seconds()', '86400.0'],
    ['(next_execution_date - execution_date).days', '1'],
    ['execution_date < next_execution_date', 'True'],
    ["execution_date.start_of('month')", '2026-03-01T00:00:00+00:00'],
    ["execution_date.end_of('quarter')", '2026-03-31T23:59:59.999999+00:00'],
    ["execution_date.start_of('week').day", '23'],
    ['execution_date.replace(day=1, hour=0)', '2026-03-01T00:00:00+00:00'],
    ['execution_date.date()', '2026-03-28'],
    ['execution_date.weekday() ~ execution_date.isoweekday()', '56'],
    ['execution_date.int_timestamp', '1774710000'],
    ['macros.ds_add(ds, -28)', '2026-02-28'],
    ["macros.ds_format(ds, '%Y-%m-%d', '%d.%m.%y')", '28.03.26'],
    ["macros.datetime(2026, 2, 28, tz='Asia/Tokyo')", '2026-02-28T00:00:00+09:00'],
    ["macros.datetime.strptime('28 Feb 2026 11 PM', '%d %b %Y %I %p').hour", '23'],
    ['ds | replace("-", "/")', '2026/03/28'],
    ['execution_date | ds_nodash', '20260328'],
    ['params.missing | default("all")', 'all'],
    ['(params.country if params.full else "x") | upper', 'X'],
    ["'a' in params.country ~ 'a'", 'True'],
    ['7 // 2 * 2 + 7 % 2 ** 2', '9'],
    ['-7 // 2', '-4'],
    ['7 / 2', '3.5'],
    ['1 < 2 <= 2', 'True'],
    ['not params.full and params.limit is odd', 'True'],
    ['params.limit is divisibleby 3', 'True'],
    ['[1, "b", none, 1.0] ', "[1, 'b', None, 1.0]"],
    ['ds[:7] ~ ds[-2:]', '2026-0328'],
    ['ds.split("-") | last', '28'],
    ['"%" ~ "}}"', '%}}'],
    ['{"a": {"b": 5}}.a["b"]', '5'],
  ];
  for (const [expression, value] of expressions) {
    it(`the value of ${expression}`, () => {
      assert.equal(render(`{{ ${expression} }}`), value);
    });
  }

  it('statements, and whitespace as Jinja leaves it', () => {
    assert.equal(
      render(
        `SELECT {# a comment #}
{%- for day in range(3) %} '{{ macros.ds_add(ds, day) }}'{{ ',' if not loop.last }}{% endfor %}
{% if params.full %}full{% elif params.limit > 2 %}limited{% else %}none{% endif %}
{% set n = params.limit * 2 -%}
   {{ n }} {% raw %}{{ n }}{% endraw %}
`,
      ),
      "SELECT  '2026-03-28', '2026-03-29', '2026-03-30'\nlimited\n6 {{ n }}",
    );
    assert.equal(render('{% for x in [] %}{{ x }}{% else %}nothing{% endfor %}'), 'nothing');
    assert.equal(render('{% for x in range(6) if x is even %}{{ x }}{% endfor %}'), '024');
  });

  it('the schedule’s own time zone where that is asked for', () => {
    const schedule = exampleSchedule({ cron: '0 15 * * *', templateTimezone: 'Asia/Tokyo' });
    assert.equal(render("{{ ds }} {{ execution_date.strftime('%H') }}", { schedule }), '2026-03-29 00');
  });

  it('an interval that starts early by the overlap', () => {
    assert.equal(
      render('{{ ts }} {{ next_execution_date.hour }}', { overlapMinutes: 90 }),
      '2026-03-28T13:30:00+00:00 15',
    );
  });
});

describe('a template that is wrong', () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['a\n {{ executon_date }}', '2:5 there is no variable "executon_date"'],
    ['{{ params.contry }}', '1:10 a mapping has no "contry"'],
    ['{{ execution_date.strftim("%Y") }}', '1:18 a date has no "strftim"'],
    ["{{ ds.strftime('%Y') }}", '1:6 a text has no "strftime"'],
    ["{{ execution_date.strftime('%Y %') }}", '1:27 "%" is no directive of strftime'],
    ['{{ ds | upcase }}', '1:7 there is no filter "upcase"'],
    ['{{ ds is day }}', '1:7 there is no test "day"'],
    ['{{ ds + 1 }}', '1:4 "+" does not go with a text and an integer'],
    ['{{ execution_date + 1 }}', '1:4 "+" does not go with a date and an integer'],
    ['{{ execution_date.strftime }}', '1:18 the function strftime is not called'],
    ['{{ macros.ds_add(ds) }}', '1:17 "days" of ds_add is missing'],
    ["{{ macros.ds_add('28.3.26', 1) }}", '1:17 "28.3.26" is not of the format "%Y-%m-%d"'],
    ['{{ execution_date.add(day=1) }}', '1:22 add has no argument "day"'],
    ["{{ execution_date.in_timezone('Tokyo') }}", '1:30 there is no time zone "Tokyo"'],
    ['{{ execution_date.add(years=9000) }}', '1:22 the date is outside the years 1 to 9999'],
    ['{{ execution_date', '1:1 what is opened here has no end'],
    ["{{ 'abc }}", '1:4 a text has no end'],
    ['{{ a b }}', '1:6 "b" does not belong here'],
    ['{{ }}', '1:4 the expression ends too early'],
    ['{{ 1 + }}', '1:8 the expression ends too early'],
    ['{{ a ? b }}', '1:6 "?" means nothing here'],
    ['{% if ds %}x', '1:1 "if" has no end'],
    ['x{% endif %}', '1:2 "endif" ends nothing'],
    ['{% include "a.sql" %}', '1:1 "include" is not allowed in a template'],
    ['{% macro a() %}{% endmacro %}', '1:1 "macro" is not allowed in a template'],
    ['{% fi ds %}', '1:1 "fi" is no statement'],
    ['{% raw %}x', '1:1 "raw" has no end'],
    ['{{ 1 / 0 }}', '1:4 a number is divided by zero'],
  ];
  for (const [template, expected] of wrong) {
    it(`is told with its place: ${JSON.stringify(template)}`, () => {
      assert.equal(problem(template), expected);
    });
  }

  it('says which variables there are', () => {
    assert.throws(
      () => render('{{ qqq }}'),
      (error: unknown) =>
        error instanceof TemplateError && /variables are data_interval_end, .*execution_date/.test(error.mend),
    );
  });

  it('is found before it runs, in branches that are not taken, all at once', () => {
    const errors = templateErrors('{% if false %}{{ a }}{{ b | c }}{% endif %}{{ d is defined }}{{ e | default(1) }}', [
      context,
    ]);
    assert.deepEqual(
      errors.map(({ what }) => what),
      ['there is no variable "a"', 'there is no filter "c"', 'there is no variable "b"'],
    );
    assert.deepEqual(
      templateErrors('{% set a = 1 %}{% for b in [a] %}{{ b }}{{ loop.index }}{% endfor %}', [context]),
      [],
    );
  });
});

describe('the sandbox', () => {
  const names = [
    'constructor',
    '__proto__',
    'prototype',
    'toString',
    'valueOf',
    'hasOwnProperty',
    '__defineGetter__',
    'call',
    'apply',
    'bind',
    '__class__',
    '__globals__',
    'micros',
    'wall',
    'kind',
    'length',
    'size',
    'get',
    'members',
    'name',
  ];
  const values = [
    'execution_date',
    'ds',
    'params',
    'macros',
    'macros.timedelta',
    'range',
    '[]',
    '{}',
    '1',
    '1.5',
    'none',
    'macros.timedelta(1)',
    'execution_date.strftime',
    'params.country',
    'true',
  ];
  for (const value of values) {
    it(`gives nothing of the program's through ${value}`, () => {
      for (const name of names) {
        for (const access of [`${value}.${name}`, `${value}['${name}']`, `(${value})|attr('${name}')`]) {
          const text = problem(`{{ ${access} }}`);
          assert.doesNotMatch(text, /^renders/, `${access}: ${text}`);
        }
      }
    });
  }

  it('has no names of the program or of Node.js', () => {
    for (const name of [
      'process',
      'require',
      'globalThis',
      'global',
      'Function',
      'eval',
      'import',
      'module',
      'this',
      'console',
      'fetch',
      'Object',
      'Symbol',
      'self',
      'cycler',
      'lipsum',
      'dict',
      'namespace',
      'caller',
      'varargs',
      'config',
      'var',
      'conn',
      'constructor',
      '__proto__',
      'toString',
    ]) {
      assert.match(problem(`{{ ${name} }}`), /there is no variable|does not belong/, name);
      assert.match(problem(`{{ ${name}.x }}`), /there is no variable|does not belong/, name);
    }
  });

  it('is not changed by what a template sets', () => {
    assert.equal(render('{% set __proto__ = {"polluted": 1} %}{% set constructor = 1 %}{{ {} }}'), '{}');
    assert.equal(render('{{ {"__proto__": {"polluted": 1}} }}'), "{'__proto__': {'polluted': 1}}");
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  const greedy = [
    '{% for a in range(10000) %}{% for b in range(10000) %}x{% endfor %}{% endfor %}',
    '{% for a in range(10000) %}{% for b in range(10000) %}{% endfor %}{% endfor %}',
    '{{ range(10000000) }}',
    "{{ 'a' * 1000000000000 }}",
    `{% set a = 'aaaaaaaaaaaaaaaa' %}${'{% set a = a ~ a %}'.repeat(40)}`,
    `{% set a = [1] %}${'{% set a = a + a %}'.repeat(40)}`,
    `{% set a = [1] %}${'{% set a = [a, a] %}'.repeat(40)}{{ a }}`,
    `{% set a = [1] %}${'{% set a = [a, a] %}'.repeat(40)}{{ a == a }}{{ a == [a] }}{{ a in [[a, a]] }}`,
    "{{ ('a' * 1000000).replace('a', 'b' * 1000000) }}",
    "{{ (('a' * 100000).split('a')).__len__ }}",
    "{{ ('a,' * 100000).split(',') | join('x' * 100000) }}",
    "{{ '1'.zfill(10000000000) }}",
    '{{ 9 ** 9 ** 9 }}',
    '{{ 2 ** 1000000000 }}',
    '{{ 999999999999999999 * 999999999999999999 * 999999999999999999 }}',
    `{{ ${'('.repeat(5000)}1${')'.repeat(5000)} }}`,
    `{{ ${'-'.repeat(100_000)}1 }}`,
    `{{ ${'not '.repeat(100_000)}1 }}`,
    `{{ 1${' + 1'.repeat(100_000)} }}`,
    `{{ ds${'.upper()'.repeat(100_000)} }}`,
    `{{ ${'['.repeat(5000)} }}`,
    '{% if true %}'.repeat(5000),
    `{{ ${'9'.repeat(1_000_000)} }}`,
    "{% for a in range(10000) %}{% set x = ('ab' * 100000) | upper %}{% endfor %}",
    "{% for a in range(10000) %}{{ execution_date.strftime('%c' * 1000) }}{% endfor %}",
    `{{ macros.datetime.strptime('${'1'.repeat(50)}', '${'%d'.repeat(40)}') }}`,
    '{% for a in range(10000) %}{% set x = range(10000) %}{% endfor %}',
    '{% set x = range(9999) %}{% for a in range(9999) %}{% set y = x + x | sort | unique %}{% endfor %}',
  ];
  for (const template of greedy) {
    it(`stops ${template.slice(0, 80)} soon`, () => {
      const before = performance.now();
      assert.throws(() => render(template), TemplateError);
      assert.ok(performance.now() - before < 3000, `${performance.now() - before} ms`);
    });
  }

  it('answers any text with a text or a TemplateError', () => {
    const piece = fc.constantFrom(
      '{{',
      '}}',
      '{%',
      '%}',
      '{#',
      '#}',
      '-',
      ' ',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '.',
      ',',
      '|',
      '~',
      '*',
      '**',
      '//',
      '%',
      "'",
      '"',
      '\\',
      '\n',
      'if',
      'for',
      'in',
      'not',
      'is',
      'else',
      'endif',
      'endfor',
      'set',
      'raw',
      'ds',
      'params',
      'execution_date',
      'macros',
      'range',
      'x',
      '1',
      '2.5',
      '=',
      '==',
      ':',
      'defined',
      'default',
      'constructor',
      '\u{1F600}',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), fc.boolean(), (pieces, inside) => {
        const text = inside ? `{{ ${pieces.join(' ')} }}` : pieces.join('');
        try {
          assert.equal(typeof render(text), 'string');
        } catch (error) {
          assert.ok(error instanceof TemplateError, `${text}: ${String(error)}`);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('leaves text without delimiters as it is, but for the last line’s end', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), text => {
        fc.pre(!text.includes('{'));
        assert.equal(render(text), text.replace(/\r?\n$/, ''));
      }),
    );
  });
});
