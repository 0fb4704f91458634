import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PiiClasses } from '../../../../functions/core/catalogue.ts';
import { validateBatch } from '../../../../infra/config/batch/validate-batch.ts';

const policyTag = 'projects/acme/locations/asia-northeast1/taxonomies/12/policyTags/34';
const classes: PiiClasses = {
  email: { mask: 'hmac', policyTag },
  birthday: { mask: 'truncate', truncate: 4 },
  remark: { mask: 'drop' },
  country: { mask: 'none' },
};
const key = 'projects/acme/secrets/mask/versions/2';
const hmac = { method: 'hmac', key };

function validate(text: string, known: PiiClasses | undefined, maskKey = true) {
  const schedule = `project: acme-payment
gcp_conn_id: payment-db
pool: payment
schedule_interval: 0 15 * * *
${maskKey ? `mask_key: ${key}\n` : ''}`;
  const connections =
    'payment-db: { kind: postgres, host: db.example.com, database: payment, user: onramp, auth: { secret: projects/acme/secrets/db } }\n';
  const exported = `query: SELECT 1\nbigquery:\n  - { project: acme, dataset: payment, table: transfers }\n${text}`;
  const { services, problems } = validateBatch(
    [
      {
        service: 'payment',
        owner: 'payment@example.com',
        project: undefined,
        schedule: { file: 'schedule.yaml', text: schedule },
        connections: { file: 'connections.yaml', text: connections },
        exports: [{ id: 'transfers', file: 'transfers.yaml', text: exported }],
      },
    ],
    undefined,
    { file: 'pools.ini', text: 'payment = 5\n' },
    known,
  );
  return {
    columns: services[0]?.exports[0]?.columns,
    problems: problems.map(({ file, line, column, what, mend }) => `${file}:${line}:${column} ${what} | ${mend}`),
  };
}

describe('the class of a column', () => {
  it('gives it the mask and the policy tag that services/pii.yaml says', () => {
    const { columns, problems } = validate(
      'columns: { a: { class: email }, b: { class: birthday }, c: { class: remark }, d: { class: country }, e: { class: none } }\n',
      classes,
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(columns, {
      a: { class: 'email', mask: hmac, policyTag },
      b: { class: 'birthday', mask: { method: 'truncate', length: 4, otherwise: hmac } },
      c: { class: 'remark', mask: { method: 'drop' } },
      d: { class: 'country' },
      e: { class: 'none' },
    });
  });

  it('yields to a mask that was written, also to a milder one, and keeps its policy tag', () => {
    const { columns, problems } = validate(
      'columns: { a: { class: email }, b: { class: remark }, c: { class: country } }\nmask: { a: none, b: { keep_last: 2 }, c: drop }\n',
      classes,
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(columns, {
      a: { class: 'email', policyTag },
      b: { class: 'remark', mask: { method: 'keep_last', length: 2 } },
      c: { class: 'country', mask: { method: 'drop' } },
    });
  });

  it('may be any where there is no services/pii.yaml, and is masked by HMAC', () => {
    assert.deepEqual(validate('columns: { a: { class: whatever } }\n', undefined), {
      columns: { a: { class: 'whatever', mask: hmac } },
      problems: [],
    });
  });

  it('has to be one that services/pii.yaml has, however it is masked', () => {
    const text =
      'columns:\n  a: { class: emial }\n  b: { class: toString }\n  c: { class: shoe-size }\nmask: { c: redact }\n';
    const all = 'it has email, birthday, remark, country';
    assert.deepEqual(validate(text, classes).problems, [
      `transfers.yaml:5:15 the column "a" is of the class "emial", which services/pii.yaml does not have | did you mean "email"? ${all}`,
      `transfers.yaml:6:15 the column "b" is of the class "toString", which services/pii.yaml does not have | add the class there; ${all}`,
      `transfers.yaml:7:15 the column "c" is of the class "shoe-size", which services/pii.yaml does not have | add the class there; ${all}`,
    ]);
    assert.match(validate(text, {}).problems[0] ?? '', /add the class there; it has none yet$/);
  });

  it('needs a key where it masks by HMAC, or would what it cannot cut', () => {
    const text = (name: string) => `columns: { a: { class: ${name} } }\n`;
    for (const name of ['email', 'birthday']) {
      assert.match(
        validate(text(name), classes, false).problems[0] ?? '',
        /^transfers\.yaml:4:24 .*for which there is no key/,
      );
    }
    for (const name of ['remark', 'country', 'none'])
      assert.deepEqual(validate(text(name), classes, false).problems, []);
    assert.deepEqual(validate(`${text('email')}mask: { a: redact }\n`, classes, false).problems, []);
  });
});
