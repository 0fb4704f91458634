import type { Command } from 'commander';
import type { Column } from '../../functions/core/schema/column.ts';
import { examples } from '../options.ts';
import { type Terminal, writeData } from '../terminal.ts';
import { projectOption, withRegistry } from '../with-registry.ts';

interface SchemaShowOptions {
  readonly project?: string;
  readonly json?: true;
}

/** `onramp schema show` */
export function addSchemaShow(group: Command, terminal: Terminal): void {
  group
    .command('show')
    .summary('show the columns of a published schema')
    .description('Shows the columns that a published version of a schema has in the structured lake and the warehouse.')
    .argument('<name>', 'full name of the message, such as flights.v1.Departure')
    .argument('[version]', 'which version (default: the current one)')
    .option(...projectOption)
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      examples('onramp schema show flights.v1.Departure', 'onramp schema show flights.v1.Departure --json'),
    )
    .action(async (name: string, version: string | undefined, options: SchemaShowOptions, command: Command) => {
      const { project, json } = options;
      const { publishedSchema } = await import('../../infra/publish/registry-entries.ts');
      const { formatJson, formatTable } = await import('../output.ts');
      await withRegistry(command, terminal, project, async ({ registry }) => {
        const schema = await publishedSchema(registry, name, version);
        const columns = rowsOf(schema.columns);
        if (json) {
          await writeData(terminal, formatJson({ name: schema.name, version: schema.version, columns }));
          return;
        }
        terminal.stderr.write(`${schema.name}, version ${schema.version}\n\n`);
        const titles = ['column', 'type', 'field', 'mask', 'description'].map(title => ({ title }));
        const rows = columns.map(row => [row.column, row.type, row.field, row.mask ?? '', row.description ?? '']);
        await writeData(terminal, formatTable(titles, rows, terminal.stdout));
      });
    });
}

interface ColumnRow {
  /** Dotted path. */
  readonly column: string;
  /** Such as `REPEATED STRING`. */
  readonly type: string;
  /** Type and number of the protobuf field, such as `int64 = 4`. */
  readonly field: string;
  readonly mask?: string;
  readonly description?: string;
}

const rowsOf = (columns: readonly Column[], parent = ''): ColumnRow[] =>
  columns.flatMap(({ name, type, mode, protoType, fieldNumber, mask, description, fields = [] }) => [
    {
      column: `${parent}${name}`,
      type: mode === 'REPEATED' ? `REPEATED ${type}` : type,
      field: `${protoType ?? ''} = ${fieldNumber ?? ''}`,
      ...(mask !== undefined && { mask }),
      ...(description !== undefined && { description }),
    },
    ...rowsOf(fields, `${parent}${name}.`),
  ]);
