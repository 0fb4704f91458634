import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRampAddress, type RampAddress } from '../../functions/core/names.ts';
import { type CompatibilityRule, compatibilityRules } from '../../functions/core/schema/compatibility-rules.ts';
import { mergedFields } from '../../functions/core/schema/table-difference.ts';
import { leafCount, maxColumns } from '../../functions/core/schema/table-schema.ts';
import { parseYamlFile } from '../config/yaml-file.ts';
import type { RampTable } from '../plan/snapshot.ts';
import type { Baseline, RampWithSchema } from './baseline.ts';
import type { Finding } from './finding.ts';
import type { RampTables } from './ramp-tables.ts';

/** What a change does to the ramps' tables beyond what it does to their schemas, shown in their service.yaml. */
export function tableFindings(
  root: string,
  ramps: ReadonlyMap<RampAddress, RampWithSchema>,
  baseline: Baseline,
  { before, after }: RampTables,
): Finding[] {
  return [...ramps].flatMap(([address, ramp]) => {
    const old = baseline.ramps.get(address);
    const at = (rule: CompatibilityRule, key: string, what: string, mend: string): Finding => {
      const { level, why } = compatibilityRules[rule];
      return { level, rule, why, ...positionOf(root, address, key, what, mend) };
    };
    if (old !== undefined && old.schema !== ramp.schema) {
      return [
        at(
          'RAMP_SCHEMA_CHANGED',
          'schema',
          `the schema of ${address} is ${ramp.schema}, and was ${old.schema}`,
          'add a ramp for the new schema, and let publishers move over; or add the new fields to the old one',
        ),
      ];
    }
    return layoutFindings(address, before[address], after[address], at);
  });
}

type At = (rule: CompatibilityRule, key: string, what: string, mend: string) => Finding;

function layoutFindings(
  address: RampAddress,
  before: RampTable | undefined,
  after: RampTable | undefined,
  at: At,
): Finding[] {
  if (after === undefined) return [];
  const names = new Set(after.table.fields.map(({ name }) => name));
  const unknown = layoutColumns(after).filter(column => !names.has(column));
  const lost = before === undefined ? [] : layoutColumns(before).filter(column => !names.has(column));
  const all = leafCount(mergedFields(before?.table.fields ?? [], after.table.fields));
  return [
    ...unknown.map(column =>
      at(
        'LAYOUT_COLUMN_UNKNOWN',
        'warehouse',
        `the table of ${address} is laid out by ${column}, which is no name of a column in it`,
        `the field was renamed, and its column was not: write (onramp.field).column in its options, with the old name, and use that name here`,
      ),
    ),
    ...lost
      .filter(column => !unknown.includes(column))
      .map(column =>
        at(
          'LAYOUT_COLUMN_REMOVED',
          'warehouse',
          `the table of ${address} was laid out by ${column}, which new rows do not have`,
          'keep the field; or make the table anew, and fill it by a replay',
        ),
      ),
    ...(all > maxColumns
      ? [
          at(
            'TOO_MANY_COLUMNS',
            'schema',
            `the table of ${address} would have ${all} columns`,
            'remove those from the table that nothing writes any more, or split the message',
          ),
        ]
      : []),
  ];
}

const layoutColumns = ({ table: { partitionBy, clusterBy } }: RampTable) => [...new Set([partitionBy, ...clusterBy])];

function positionOf(root: string, address: RampAddress, key: string, what: string, mend: string) {
  const { service, ramp } = parseRampAddress(address) ?? { service: '', ramp: '' };
  const file = `services/${service}/service.yaml`;
  const path = join(root, file);
  const yaml = parseYamlFile(file, existsSync(path) ? readFileSync(path, 'utf8') : '');
  return yaml.problemOf({ path: ['ramps', ramp, key], what, mend });
}
