import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parsePii } from '../../../infra/config/read-pii.ts';

const tag = 'projects/acme/locations/asia-northeast1/taxonomies/12/policyTags/34';
const head = 'version: 1\nclasses:\n';

describe('a pii.yaml that is right', () => {
  it('gives the classes with their masks, HMAC unless another is given', () => {
    const { classes, problems } = parsePii(`${head}  email: { policy_tag: ${tag}, description: how somebody is reached }
  name:
  birthday: { mask: truncate, truncate: 4 }
  remark: { mask: drop }
  country: { mask: none }
`);
    assert.deepEqual(problems, []);
    assert.deepEqual(classes, {
      email: { mask: 'hmac', policyTag: tag, description: 'how somebody is reached' },
      name: { mask: 'hmac' },
      birthday: { mask: 'truncate', truncate: 4 },
      remark: { mask: 'drop' },
      country: { mask: 'none' },
    });
  });

  it('may have no classes yet', () => {
    assert.deepEqual(parsePii('version: 1\nclasses: {}\n'), { classes: {}, problems: [] });
  });
});

describe('a pii.yaml that is wrong', () => {
  it('is reported with all of its faults at once, each where it is', () => {
    const { classes, problems } = parsePii(`version: 2
klasses: {}
classes:
  Email: {}
  name: { mask: hmca, colour: red }
  zip: { mask: truncate, truncate: 0 }
  card: { policy_tag: cards }
  list: []
`);
    assert.equal(classes, undefined);
    assert.deepEqual(
      problems.map(({ file, line, column, what, mend }) => `${file}:${line}:${column} ${what}; ${mend}`),
      [
        'services/pii.yaml:1:10 "version" is the number 2; write version: 1',
        'services/pii.yaml:2:1 the key "klasses" is not known here; did you mean "classes"?',
        'services/pii.yaml:5:17 "mask" is the text "hmca"; write hmac, drop, truncate or none',
        'services/pii.yaml:5:23 the key "colour" is not known here; remove it; known are mask, truncate, policy_tag, description',
        'services/pii.yaml:6:36 "truncate" is the number 0; write how many characters are kept, from 1; with drop there is no column',
        'services/pii.yaml:7:23 "policy_tag" is the text "cards"; write projects/<project>/locations/<location>/taxonomies/<number>/policyTags/<number>',
        'services/pii.yaml:8:9 "list" is a list; write a mapping, or {}',
      ],
    );
  });

  const cases: [name: string, text: string, expected: string][] = [
    ['an empty file', '', '1:1 the file is empty'],
    ['no YAML', 'version: [1\n', '2:1 this is not YAML'],
    ['a class twice', `${head}  a: {}\n  a: {}\n`, '4:3 this key is written twice'],
    ['a name with capitals', `${head}  Email: {}\n`, '3:3 the class "Email" breaks the rule'],
    ['truncation to nobody knows what', `${head}  a: { mask: truncate }\n`, '3:14 nothing says how many characters'],
    ['a length without truncation', `${head}  a: { truncate: 3 }\n`, '3:8 the mask is hmac, which truncates nothing'],
    ['a tag on no column', `${head}  a: { mask: drop, policy_tag: ${tag} }\n`, '3:20 a class that is dropped has no'],
    [
      'a policy tag of another region',
      `${head}  a: { policy_tag: ${tag.replace('asia-northeast1', 'us')} }\n`,
      '3:20 the policy tag is in us, and the datasets are in asia-northeast1',
    ],
  ];
  for (const [name, text, expected] of cases) {
    it(`is refused for ${name}`, () => {
      const { classes, problems } = parsePii(text, 'asia-northeast1');
      assert.equal(classes, undefined);
      const [first, ...others] = problems.map(({ line, column, what }) => `${line}:${column} ${what}`);
      assert.ok(first?.startsWith(expected), first);
      assert.deepEqual(others, []);
    });
  }
});
