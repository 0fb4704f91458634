import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { catalogOf } from '../../../../infra/catalog/catalog.ts';
import { catalogPage } from '../../../../infra/catalog/catalog-page.ts';
import { loadDeclaration } from '../../../../infra/load.ts';
import { parseStackSettings } from '../../../../infra/stack-settings.ts';
import { crmReaders, policyTag, rootWithPersonalData } from '../../../support/personal-data.ts';

const root = rootWithPersonalData();
after(() => rmSync(root, { recursive: true, force: true }));
const read = () => loadDeclaration(root, parseStackSettings({ project: 'acme-platform' }));
const catalog = catalogOf(read());

describe('the catalog', () => {
  it('has every ramp with its people and its lineage', () => {
    const [crm, support] = catalog.ramps;
    assert.deepEqual(
      { ...crm, fields: [] },
      {
        ramp: 'crm/customers',
        description: '',
        owner: 'crm-team@example.com',
        schema: 'crm.v1.Customer',
        publishers: [],
        readers: [],
        lakeReaders: [`group:${crmReaders.lake}`],
        rawReaders: [`group:${crmReaders.raw}`],
        lineage: {
          topic: 'projects/acme-platform/topics/ramp-crm-customers',
          hub: 'projects/acme-platform/topics/hub',
          rawLake: 'gs://acme-platform-raw-lake/ramp=crm.customers/',
          structuredLake: 'gs://acme-platform-structured-lake/ramp=crm.customers/',
          table: 'acme-platform.crm.customers',
          view: 'acme-platform.crm.customers_deduplicated',
        },
        fields: [],
      },
    );
    assert.equal(support?.ramp, 'support/tickets');
    assert.deepEqual(support.rawReaders, []);
  });

  it('has every field with its column, its class and its mask, also those without column', () => {
    const shown = catalog.ramps[0]?.fields.map(({ field, column, type, pii, mask, truncate, policyTag: tag }) =>
      [field, column, type, pii, mask, truncate, tag === null ? '' : 'tagged'].join(' '),
    );
    assert.deepEqual(shown, [
      'id id STRING    ',
      'mail mail STRING email hmac  tagged',
      'born_at born_at TIMESTAMP birthday truncate  ',
      'remark   remark drop  ',
      'country country STRING country none  ',
      'address address RECORD email hmac  ',
      'address.street address.street STRING email hmac  tagged',
      'address.number address.number STRING email hmac  tagged',
      'postcode postcode STRING birthday truncate 4 ',
    ]);
    const [, mail, , remark] = catalog.ramps[0]?.fields ?? [];
    assert.equal(mail?.policyTag, policyTag);
    assert.equal(remark?.protoType, 'string');
  });
});

describe('the page of the catalog', () => {
  it('shows every ramp, field and class, and loads nothing', () => {
    const page = catalogPage(catalog);
    for (const text of ['crm/customers', 'support/tickets', 'email: HMAC', 'birthday: first 4', 'remark: dropped']) {
      assert.ok(page.includes(text), text);
    }
    assert.doesNotMatch(page, /\b(src|href)="(?!#)|@import|url\(/);
    assert.match(page, /default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'/);
    assert.equal(page.match(/<script/g)?.length, 1);
  });

  it('shows what anybody wrote as text, and never as markup', () => {
    const evil = `<img src=x onerror=alert(1)>"'&\u202e`;
    const [ramp] = catalog.ramps;
    assert.ok(ramp);
    const [field] = ramp.fields;
    assert.ok(field);
    const page = catalogPage({
      ...catalog,
      project: evil,
      piiClasses: { [evil]: { mask: 'hmac', description: evil } },
      ramps: [
        {
          ...ramp,
          description: evil,
          owner: evil,
          rawReaders: [evil],
          lineage: { ...ramp.lineage, topic: evil },
          fields: [{ ...field, field: evil, description: evil, pii: evil, policyTag: evil }],
        },
      ],
    });
    assert.ok(!page.includes('<img'));
    assert.ok(!page.includes('\u202e'));
    assert.equal(page.match(/&lt;img src=x onerror=alert\(1\)&gt;&quot;&#39;&amp;\ufffd/g)?.length ?? 0, 13);
  });
});

describe('a class that a field names', () => {
  it('is one of services/pii.yaml, or a problem at the field', () => {
    const path = join(root, 'services/pii.yaml');
    writeFileSync(path, 'version: 1\nclasses: { emails: {}, birthday: {}, remark: {}, country: {} }\n');
    assert.throws(
      read,
      /proto\/crm\/v1\/customer\.proto:11:3 {2}the field mail is of the class "email", which services\/pii\.yaml does not have\n {4}did you mean "emails"\?/,
    );
    rmSync(path);
    assert.deepEqual(
      catalogOf(read()).ramps[0]?.fields.map(({ mask }) => mask ?? ''),
      ['', 'hmac', 'hmac', 'hmac', 'hmac', 'hmac', 'hmac', 'hmac', 'hmac'],
    );
  });
});
