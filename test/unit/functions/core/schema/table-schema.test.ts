import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { recordColumns } from '../../../../../functions/core/schema/metadata-columns.ts';
import { type TableField, tableFields } from '../../../../../functions/core/schema/table-schema.ts';
import { everyType } from '../../../../support/every-type.ts';
import { assertGolden } from '../../../../support/golden.ts';

const fields = tableFields(recordColumns(everyType));
const all = (list: readonly TableField[]): TableField[] => list.flatMap(field => [field, ...all(field.fields ?? [])]);

describe('the fields of a table', () => {
  it('are those of the golden file', () => {
    assertGolden(join(import.meta.dirname, 'golden/every-table.json'), fields);
  });

  it('begin with Onramp’s own', () => {
    assert.deepEqual(
      fields.slice(0, 9).map(({ name, type, mode }) => `${name} ${type} ${mode ?? ''}`),
      [
        'onramp_event_id STRING NULLABLE',
        'onramp_ramp STRING NULLABLE',
        'onramp_publish_time TIMESTAMP NULLABLE',
        'onramp_processing_time TIMESTAMP NULLABLE',
        'onramp_schema STRING NULLABLE',
        'onramp_schema_version STRING NULLABLE',
        'onramp_ordering_key STRING NULLABLE',
        'onramp_attributes RECORD REPEATED',
        'onramp_sha256 STRING NULLABLE',
      ],
    );
  });

  it('are never REQUIRED, and have fields if and only if they are records', () => {
    for (const field of all(fields)) {
      assert.ok(field.mode === 'NULLABLE' || field.mode === 'REPEATED', field.name);
      assert.equal(field.fields !== undefined, field.type === 'RECORD', field.name);
    }
  });
});
