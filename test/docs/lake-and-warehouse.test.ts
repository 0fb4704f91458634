import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deadLetterColumns } from '../../functions/core/codec/dead-letter-record.ts';
import { payloadColumn } from '../../functions/core/codec/raw-record.ts';
import { lakeObject, lakeRecords } from '../../functions/core/lake-path.ts';
import { type AvroSchema, avroSchema } from '../../functions/core/schema/avro-schema.ts';
import { metadataColumns } from '../../functions/core/schema/metadata-columns.ts';
import { deduplicatedView } from '../../functions/core/warehouse-table.ts';
import { everyType } from '../support/every-type.ts';
import { avroText, fences, pageText, section, tableRows } from './page.ts';

const page = pageText('docs/lake-and-warehouse.md');
const oneLine = (text: string | undefined) => text?.replace(/\s+/g, ' ').trim();

describe('docs/lake-and-warehouse.md', () => {
  it('shows a path as the stages write it', () => {
    const [path] = fences(section(page, 'Paths'));
    const unique = '20260131T091502123Z-7d9bdc0e-3f43-4c4e-9d5c-2f6a3b1e0c55';
    assert.equal(path?.content.trim(), lakeObject('flights/departures', new Date('2026-01-31T09:15:02.123Z'), unique));
    assert.ok(section(page, 'Paths').includes(`\`${lakeRecords}\``));
  });

  it('has Onramp’s own columns, in their order', () => {
    assert.deepEqual(
      tableRows(section(page, "Onramp's columns")),
      metadataColumns.map(({ name, type, mode, description }) => [
        name,
        mode === 'REPEATED' ? `REPEATED ${type}` : type,
        description,
      ]),
    );
    const further = deadLetterColumns.slice(metadataColumns.length).map(({ name }) => name);
    const list = oneLine(section(page, "Onramp's columns").split('in the dead letters: ')[1]);
    assert.deepEqual(
      Array.from(list?.matchAll(/`(\w+)`/g) ?? [], found => found[1]),
      further,
    );
    assert.equal(payloadColumn.name, further.at(-1));
  });

  it('shows the query of the deduplicated view', () => {
    const [query] = fences(section(page, 'The deduplicated view'));
    const layout = { dataset: 'flights', table: 'departures', partitionBy: '', clusterBy: [], labels: {} };
    assert.equal(oneLine(query?.content), deduplicatedView('local-onramp', layout).query);
  });

  describe('maps types as the code does:', () => {
    /** What the page calls in words, in the schema that has a field of every kind. */
    const inWords: Readonly<Record<string, string>> = {
      'an enum': 'test.v1.Colour',
      'a message': 'test.v1.Point',
      'a message without fields': 'test.v1.Nothing',
      'a message that contains itself': 'test.v1.Every',
    };
    const fields = avroSchema(everyType).fields;

    for (const [types = '', bigquery, avro] of tableRows(section(page, 'Types'))) {
      for (const type of types.split(', ')) {
        it(type, () => {
          const wanted = inWords[type] ?? type;
          const column = everyType.columns.find(({ protoType, mode }) => protoType === wanted && mode === 'NULLABLE');
          assert.ok(column, `no field of type ${wanted}`);
          assert.equal(bigquery, column.type);
          const union = fields.find(({ name }) => name === column.name)?.type as readonly AvroSchema[];
          assert.equal(union[0], 'null');
          assert.equal(avro, avroText(union[1]));
        });
      }
    }
  });
});
