import type { Catalog, CatalogRamp } from './catalog.ts';
import type { CatalogField } from './fields.ts';

/** Renders rows in columns under titles. */
export type FormatTable = (titles: readonly string[], rows: readonly (readonly string[])[]) => string;
/** Renders names and values, one to a line. */
export type FormatFacts = (facts: readonly (readonly [name: string, value: string])[]) => string;

/** A catalog for a terminal. */
export function catalogText({ ramps }: Catalog, formatTable: FormatTable, formatFacts: FormatFacts): string {
  if (ramps.length === 0) return 'No ramp is configured yet.\n';
  return ramps
    .map(ramp => {
      const facts = formatFacts(factsOf(ramp).map(([name, value]) => [`  ${name}`, value]));
      const table = formatTable(fieldTitles, ramp.fields.map(fieldCells));
      return `${ramp.ramp}\n${facts}${ramp.fields.length === 0 ? '' : `\n${table}`}`;
    })
    .join('\n');
}

/** What is said of a ramp besides its fields, by name; what is empty is left out. */
export function factsOf(ramp: CatalogRamp): [name: string, value: string][] {
  const { lineage } = ramp;
  const facts: (readonly [string, string | null])[] = [
    ['about', ramp.description],
    ['owner', ramp.owner],
    ['schema', ramp.schema ?? 'none: any bytes'],
    ['publishers', ramp.publishers.join(', ')],
    ['readers', ramp.readers.join(', ')],
    ['lake readers', ramp.lakeReaders.join(', ')],
    ['raw readers', ramp.rawReaders.join(', ')],
    ['topic', lineage.topic],
    ['raw lake', lineage.rawLake],
    ['structured lake', lineage.structuredLake],
    ['table', lineage.table],
    ['view', lineage.view],
  ];
  return facts.flatMap(([name, value]) => (value === null || value === '' ? [] : [[name, value]]));
}

export const fieldTitles = ['field', 'column', 'type', 'proto type', 'personal data', 'policy tag', 'description'];

/** The cells of a field's row under `fieldTitles`. */
export const fieldCells = (field: CatalogField): string[] => [
  field.field,
  field.column ?? '–',
  field.type ?? '–',
  field.protoType,
  personal(field),
  field.policyTag ?? '',
  field.description,
];

function personal({ pii, mask, truncate }: CatalogField): string {
  if (mask === null) return pii ?? '';
  const done = {
    hmac: 'HMAC',
    drop: 'dropped',
    truncate: truncate === null ? 'its day' : `first ${truncate}`,
    none: 'not masked',
  }[mask];
  return `${pii ?? 'yes'}: ${done}`;
}
