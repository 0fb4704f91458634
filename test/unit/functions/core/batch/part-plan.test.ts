import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExportColumn } from '../../../../../functions/core/batch/export-column.ts';
import type { ExportRequest } from '../../../../../functions/core/batch/export-request.ts';
import {
  isPartObject,
  parsePartPlan,
  partPlanName,
  partRecordName,
  planDifference,
  planOf,
  whyInOneGo,
} from '../../../../../functions/core/batch/part-plan.ts';

const request = { export: 'shop/orders', attempt: 1, columns: {} } as unknown as ExportRequest;
const columns: readonly ExportColumn[] = [
  { name: 'id', type: 'INTEGER', sourceType: 'int8' },
  { name: 'amount', type: 'NUMERIC', precision: 12, scale: 2, sourceType: 'numeric(12,2)' },
];
const [id, amount] = columns as [ExportColumn, ExportColumn];
const plan = planOf(request, { parts: ['a', 'b'], moment: 'then' }, columns, '2026-01-01T00:00:00.000Z');

describe('the plan of an export’s parts', () => {
  it('is written down where there are partitions and several parts', () => {
    const masked = { mail: { mask: { method: 'redact', text: '' } } } as const;
    const of = (partitions: ExportRequest['partitions'], parts: number, policies: ExportRequest['columns'] = {}) =>
      whyInOneGo({ ...(partitions && { partitions }), columns: policies }, parts);
    assert.equal(of({ by: 'id', count: 2 }, 2), undefined);
    assert.match(of(undefined, 16) ?? '', /no partitions/);
    assert.match(of({ by: 'id', count: 2 }, 1) ?? '', /one part/);
    assert.match(of({ by: 'mail', count: 2 }, 2, masked) ?? '', /masked/);
    assert.equal(of({ by: 'mail', bounds: ['m'] }, 2, masked), undefined);
  });

  it('fits an execution that reads the same columns of the same request', () => {
    const written = parsePartPlan(Buffer.from(JSON.stringify(plan)));
    assert.deepEqual(written, plan);
    assert.equal(planDifference(written, request, columns), undefined);
    const undescribed = { ...id, description: undefined } as unknown as ExportColumn;
    assert.equal(planDifference(written, request, [undescribed, amount]), undefined);
  });

  it('says what differs', () => {
    const differs = (others: readonly ExportColumn[]) => planDifference(plan, request, others);
    assert.match(differs([id, { ...amount, scale: 3 }]) ?? '', /changed: amount$/);
    assert.match(differs([id]) ?? '', /went or changed: amount$/);
    assert.match(differs([...columns, { ...id, name: 'added' }]) ?? '', /added$/);
    assert.match(differs([amount, id]) ?? '', /order/);
    assert.match(planDifference(plan, { ...request, attempt: 2 }, columns) ?? '', /request/);
  });

  it('knows the names of its objects', () => {
    assert.equal(partRecordName(3), 'part-00003.json');
    for (const name of [partPlanName, partRecordName(0), partRecordName(123_456), 'began.json'])
      assert.ok(isPartObject(name));
    for (const name of ['manifest.json', 'part-3.json', 'part-00000.avro', 'x/parts.json'])
      assert.ok(!isPartObject(name));
  });
});
