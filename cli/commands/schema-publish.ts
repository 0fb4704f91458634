import type { Command } from 'commander';
import type { Publication } from '../../infra/publish/publish-schemas.ts';
import { examples, rootOf } from '../options.ts';
import { type Terminal, writeData } from '../terminal.ts';
import { projectOption, withRegistry } from '../with-registry.ts';

interface SchemaPublishOptions {
  readonly project?: string;
  readonly allowBreaking?: true;
  readonly json?: true;
}

/** `onramp schema publish` */
export function addSchemaPublish(group: Command, terminal: Terminal): void {
  group
    .command('publish')
    .summary('publish the schemas of proto/')
    .description(
      'Compiles proto/ and publishes the schemas that ramps are declared with: first the columns of their tables, then ' +
        'the version, which functions use within seconds. Messages that waited for it go on. Publishing again changes ' +
        'nothing, and completes what was interrupted. Exits 1, having published nothing, when something would break.',
    )
    .option(...projectOption)
    .option('--allow-breaking', 'publish what breaks, too: a field that changed its type gets a column of its own')
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      examples('onramp schema publish', 'onramp schema publish --project acme-data', 'onramp schema publish --json'),
    )
    .action(async ({ project, allowBreaking, json }: SchemaPublishOptions, command: Command) => {
      const { checkConfiguration } = await import('../configuration.ts');
      const { ConfigurationError } = await import('../../infra/config/problem.ts');
      const { publishSchemas } = await import('../../infra/publish/publish-schemas.ts');
      const { warehouseOf } = await import('../../local/warehouse.ts');
      const { services, schemas, piiClasses, problems } = checkConfiguration(rootOf(command, terminal));
      if (problems.length > 0 || schemas === undefined) throw new ConfigurationError(problems);
      await withRegistry(command, terminal, project, async opened => {
        const published = await publishSchemas({
          project: opened.project,
          services,
          schemas,
          piiClasses,
          registry: opened.registry,
          warehouse: warehouseOf(opened.bigquery),
          allowBreaking: allowBreaking === true,
          now: () => new Date(),
        });
        const { formatJson } = await import('../output.ts');
        const { breaksText } = await import('../published-text.ts');
        if (json) await writeData(terminal, formatJson({ project: opened.project, schemas: published }));
        else if (published.length === 0) terminal.stderr.write('No ramp has a schema.\n');
        else await writeData(terminal, await publishedTable(published, terminal.stdout));
        terminal.stderr.write(breaksText(published));
      });
    });
}

async function publishedTable(published: readonly Publication[], stdout: NodeJS.WriteStream): Promise<string> {
  const { formatTable } = await import('../output.ts');
  return formatTable(
    ['schema', 'version', 'what', 'tables'].map(title => ({ title })),
    published.map(({ name, version, unchanged, previous, tables, laterTables }) => [
      name,
      version,
      unchanged ? 'unchanged' : previous === undefined ? 'published' : `published, after ${previous}`,
      [...tables, ...laterTables.map(table => `${table} (with its first row)`)].join(', '),
    ]),
    stdout,
  );
}
