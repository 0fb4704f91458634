import type { Command } from 'commander';
import type { Publication } from '../../infra/publish/publish-schemas.ts';
import type { UntilWritable } from '../../infra/publish/until-writable.ts';
import { examples, rootOf, wholeNumber } from '../options.ts';
import { type Terminal, writeData } from '../terminal.ts';
import { type OpenedRegistry, projectOption, withRegistry } from '../with-registry.ts';

interface SchemaPublishOptions {
  readonly project?: string;
  readonly allowBreaking?: true;
  readonly wait: number;
  readonly json?: true;
}

/** `onramp schema publish` */
export function addSchemaPublish(group: Command, terminal: Terminal): void {
  group
    .command('publish')
    .summary('publish the schemas of proto/')
    .description(
      'Compiles proto/ and publishes the schemas that ramps are declared with: first the columns of their tables, which ' +
        'BigQuery takes a while to let anybody write, then the version, which functions use within seconds. Messages ' +
        'that waited for it go on. Publishing again changes nothing, and completes what was interrupted. Exits 1, having ' +
        'published nothing, when something would break.',
    )
    .option(...projectOption)
    .option('--allow-breaking', 'publish what breaks, too: a field that changed its type gets a column of its own')
    .option(
      '--wait <seconds>',
      'how long to wait until new columns can be written; then, or with 0 at once, rows wait instead',
      wholeNumber(0, 3600),
      300,
    )
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      examples('onramp schema publish', 'onramp schema publish --project acme-data', 'onramp schema publish --json'),
    )
    .action(async ({ project, allowBreaking, wait, json }: SchemaPublishOptions, command: Command) => {
      const { checkConfiguration } = await import('../configuration.ts');
      const { ConfigurationError } = await import('../../infra/config/problem.ts');
      const { publishSchemas } = await import('../../infra/publish/publish-schemas.ts');
      const { warehouseOf } = await import('../../local/warehouse.ts');
      const { services, schemas, piiClasses, problems } = checkConfiguration(rootOf(command, terminal));
      if (problems.length > 0 || schemas === undefined) throw new ConfigurationError(problems);
      await withRegistry(command, terminal, project, async opened => {
        const { untilWritable, close } = await writableWithin(wait, opened, terminal);
        const published = await publishSchemas({
          project: opened.project,
          services,
          schemas,
          piiClasses,
          registry: opened.registry,
          warehouse: warehouseOf(opened.bigquery),
          allowBreaking: allowBreaking === true,
          ...(untilWritable && { untilWritable }),
          now: opened.now,
        }).finally(close);
        const { formatJson } = await import('../output.ts');
        const { breaksText } = await import('../published-text.ts');
        if (json) await writeData(terminal, formatJson({ project: opened.project, schemas: published }));
        else if (published.length === 0) terminal.stderr.write('No ramp has a schema.\n');
        else await writeData(terminal, await publishedTable(published, terminal.stdout));
        terminal.stderr.write(breaksText(published));
      });
    });
}

/** Waits so many seconds at most, and says so to the person. */
async function writableWithin(
  seconds: number,
  { project, storageWritePort }: OpenedRegistry,
  { stderr }: Terminal,
): Promise<{ readonly untilWritable?: UntilWritable; readonly close: () => void }> {
  if (seconds === 0) return { close: () => undefined };
  const { createUntilWritable } = await import('../../infra/publish/until-writable.ts');
  const { hostClock } = await import('../../functions/clients/clock.ts');
  const { writerFieldsOf } = await import('../../local/writer-fields.ts');
  const { read, close } = await writerFieldsOf(project, storageWritePort);
  const untilWritable = createUntilWritable({
    writerFields: read,
    patienceMillis: seconds * 1000,
    clock: hostClock,
    say: line => stderr.write(`${line}\n`),
  });
  return { untilWritable, close };
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
