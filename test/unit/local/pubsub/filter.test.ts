import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseFilter } from '../../../../local/pubsub/filter.ts';

const article = { lang: 'en', name: 'news', 'iana.org/language_tag': 'en-GB', empty: '', 'a-b_1': 'x' };

const passing = [
  '',
  '  ',
  'attributes:lang',
  'attributes:empty',
  'attributes:"iana.org/language_tag"',
  'attributes.lang = "en"',
  'attributes.lang="en"',
  'attributes.lang != "de"',
  'attributes.absent != "de"',
  'attributes.a-b_1 = "x"',
  'attributes."iana.org/language_tag" = "en-GB"',
  'hasPrefix(attributes.name, "ne")',
  'hasPrefix(attributes.name, "")',
  'NOT attributes:absent',
  '-attributes:absent',
  'NOT NOT attributes:lang',
  'attributes:lang AND attributes.name = "news"',
  'attributes:absent OR attributes:lang OR attributes:other',
  'attributes:lang AND (attributes:absent OR NOT attributes.name = "x")',
  '(((attributes:lang)))',
  'attributes.lang = "\\x65\\156"',
  'attributes.lang = "\\u0065n"',
];

const failing = [
  'attributes:absent',
  'attributes.lang = "EN"',
  'attributes.lang != "en"',
  'attributes.absent = ""',
  'hasPrefix(attributes.name, "ews")',
  'hasPrefix(attributes.absent, "")',
  'NOT attributes:lang',
  'attributes:lang AND attributes:absent',
  '(attributes:absent OR attributes:other)',
  // An attribute of every object, but of no message.
  'attributes:toString',
];

const refused = [
  'lang',
  'attributes',
  'attributes.lang',
  'attributes.lang = en',
  'attributes.lang == "en"',
  'attributes.lang > "en"',
  'attributes.lang = "en',
  'attributes:lang AND',
  'attributes:lang attributes:name',
  'attributes:lang and attributes:name',
  'attributes:lang AND attributes:name OR attributes:other',
  '(attributes:lang',
  'attributes:lang)',
  'NOT',
  'hasPrefix(attributes.lang)',
  'hasPrefix("lang", "e")',
  'hasSuffix(attributes.lang, "n")',
  `attributes.lang = "${'x'.repeat(256)}"`,
];

describe('a subscription’s filter', () => {
  for (const filter of passing) {
    it(`lets an article pass: ${filter}`, () => assert.equal(parseFilter(filter)(article), true));
  }
  for (const filter of failing) {
    it(`holds an article back: ${filter}`, () => assert.equal(parseFilter(filter)(article), false));
  }
  for (const filter of refused) {
    it(`is refused: ${filter.slice(0, 60)}`, () => assert.throws(() => parseFilter(filter), { code: 3 }));
  }

  it('finds any key and value that can be written as strings', () => {
    const short = fc.string({ minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(short, short, (key, value) => {
        const filter = parseFilter(`attributes.${quote(key)} = ${quote(value)}`);
        assert.equal(filter({ [key]: value }), true);
        assert.equal(filter({ [key]: `${value}!` }), false);
      }),
    );
  });
});

const quote = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
