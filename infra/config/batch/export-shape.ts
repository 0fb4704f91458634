import { z } from 'zod';
import { columnTypes, writeModes } from '../../../functions/core/batch/config.ts';
import { scheduleOverrides } from './schedule-shape.ts';
import { maskKeyText } from './secret.ts';

const text = (error: string) => z.string({ error }).min(1, { error });
const length = (error: string) => z.int({ error }).min(0, { error });

const partitionColumn = 'write the name of a column, or { column: created_at, granularity: day }';

const destination = z.strictObject(
  {
    project: text('write the id of the table’s project; leave it out for the platform’s').optional(),
    dataset: text('write the id of the table’s dataset'),
    table: text('write the id of the table'),
    write_mode: z.enum(writeModes, { error: `write one of ${writeModes.join(', ')}` }).optional(),
    merge_query: text('write a MERGE statement').optional(),
    partition_by: z
      .union(
        [
          z.string(),
          z.strictObject({
            column: text('write the name of a column'),
            granularity: z
              .enum(['hour', 'day', 'month', 'year'], { error: 'write hour, day, month or year' })
              .optional(),
          }),
        ],
        { error: partitionColumn },
      )
      .optional(),
    // https://cloud.google.com/bigquery/docs/clustered-tables#limitations
    cluster_by: z
      .array(text('write the name of a column'), { error: 'write a list of up to 4 columns, such as [user_id]' })
      .max(4, { error: 'write at most 4 columns, the one that queries filter by most often first' })
      .optional(),
    expiration_days: z.int({ error: 'write a whole number of days, from 1' }).min(1).optional(),
    labels: z
      .record(z.string(), z.string({ error: 'write a text' }), { error: 'write a mapping, such as { team: payment }' })
      .optional(),
  },
  { error: 'write a mapping with project, dataset and table' },
);

const method =
  'write hmac, redact, drop, none, { truncate: 4 }, { keep_last: 4 }, { redact: "text" } or { hmac: projects/<project>/secrets/<secret>/versions/1 }';

const mask = z.union(
  [
    z.enum(['hmac', 'redact', 'drop', 'none']),
    z.strictObject({ hmac: maskKeyText() }),
    z.strictObject({ truncate: length('write how many characters are kept from the start') }),
    z.strictObject({ keep_last: length('write how many characters are kept from the end') }),
    z.strictObject({ redact: z.string({ error: 'write the text that takes the value’s place' }) }),
  ],
  { error: method },
);

const outOfRange = ['error', 'null', 'string'] as const;
const nullElement = ['error', 'drop', 'string'] as const;

/** YAML reads a bare `null` as nothing, which is what it means here. */
const policy = <const T extends readonly [string, ...string[]]>(choices: T) =>
  z.preprocess(
    value => (value === null ? 'null' : value),
    z.enum(choices, { error: `write one of ${choices.join(', ')}` }),
  );

const column = z.strictObject(
  {
    class: text('write the class of personal data, such as email, or none').optional(),
    description: z.string({ error: 'write what the column is, in one sentence' }).optional(),
    type: z.enum(columnTypes, { error: `write one of ${columnTypes.join(', ')}` }).optional(),
    decimal: z
      .strictObject(
        {
          // https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#decimal_types
          precision: z.int({ error: 'write a whole number from 1 to 76' }).min(1).max(76),
          scale: z.int({ error: 'write a whole number from 0 to 38' }).min(0).max(38),
        },
        { error: 'write a mapping, such as { precision: 38, scale: 9 }' },
      )
      .optional(),
    on_out_of_range: policy(outOfRange).optional(),
    on_null_element: policy(nullElement).optional(),
  },
  { error: 'write a mapping, such as { class: email }' },
);

const filter = z.strictObject(
  {
    property: text('write the name of an indexed property'),
    operator: z.enum(['=', '<', '<=', '>', '>='], { error: 'write one of = < <= > >= in quotes' }),
    value: z.string({ error: 'write the value as a text; it may be a template' }),
    type: z
      .enum(['string', 'integer', 'double', 'boolean', 'timestamp'], {
        error: 'write string, integer, double, boolean or timestamp',
      })
      .optional(),
  },
  { error: 'write a mapping with property, operator and value' },
);

const entity = z.strictObject(
  {
    kind: text('write the kind of the entities'),
    namespace: text('write the namespace').optional(),
    where: z.array(filter, { error: 'write a list of filters' }).optional(),
  },
  { error: 'write a mapping, such as { kind: Payment }' },
);

const partitions = z.union(
  [
    z.strictObject({
      by: text('write the name of a column or an expression'),
      count: z.int({ error: 'write how many parts, from 2 to 1000' }).min(2).max(1000),
    }),
    z.strictObject({
      by: text('write the name of a column or an expression'),
      bounds: z
        .array(z.union([z.string(), z.number()]), { error: 'write a list of values' })
        .min(1, { error: 'write at least one value' }),
    }),
  ],
  { error: 'write { by: id, count: 8 }, or { by: id, bounds: [1000, 2000] }' },
);

const newColumns = z.enum(['evolve', 'freeze', 'discard'], { error: 'write evolve, freeze or discard' });

const contract = z.union(
  [
    newColumns,
    z.strictObject({
      new_columns: newColumns.optional(),
      unclassified: z.enum(['fail', 'allow'], { error: 'write fail or allow' }).optional(),
    }),
  ],
  { error: 'write evolve, freeze or discard, or { new_columns: evolve, unclassified: fail }' },
);

/** services/<service>/exports/<export>.yaml */
export const exportShape = z.strictObject(
  {
    description: z.string({ error: 'write what the export is, in one sentence' }).optional(),
    query: text('write a query').optional(),
    entity: entity.optional(),
    incremental: z.boolean({ error: 'write true or false' }).optional(),
    overlap: z.number({ error: 'write by how many minutes the query’s interval starts early' }).min(0).optional(),
    params: z
      .record(
        z.string(),
        z.union([z.string(), z.number(), z.boolean()], { error: 'write a text, a number, true or false' }),
        {
          error: 'write a mapping, such as { country: jp }',
        },
      )
      .optional(),
    bigquery: z
      .array(destination, { error: 'write a list of tables, each with project, dataset and table' })
      .min(1, { error: 'write at least one table' }),
    columns: z
      .record(z.string(), column, { error: 'write a mapping of columns, such as { email: { class: email } }' })
      .optional(),
    mask: z.record(z.string(), mask, { error: 'write a mapping of columns, such as { email: hmac }' }).optional(),
    contract: contract.optional(),
    partitions: partitions.optional(),
    schedule: scheduleOverrides.optional(),
  },
  { error: 'write a mapping with query and bigquery' },
);

export type ExportYaml = z.output<typeof exportShape>;
export type DestinationYaml = z.output<typeof destination>;
export type MaskYaml = z.output<typeof mask>;
