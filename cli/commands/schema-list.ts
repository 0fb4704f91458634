import type { Command } from 'commander';
import { currentVersion, type SchemaIndex } from '../../functions/core/schema/schema-index.ts';
import { examples } from '../options.ts';
import { type Terminal, writeData } from '../terminal.ts';
import { projectOption, withRegistry } from '../with-registry.ts';

/** `onramp schema list` */
export function addSchemaList(group: Command, terminal: Terminal): void {
  group
    .command('list')
    .summary('list what is published')
    .description('Lists the published versions of every schema, the latest first.')
    .option(...projectOption)
    .option('--json', 'print them as JSON')
    .addHelpText('after', examples('onramp schema list', 'onramp schema list --project acme-data --json'))
    .action(async ({ project, json }: { project?: string; json?: true }, command: Command) => {
      const { listIndexes } = await import('../../infra/publish/registry-entries.ts');
      const { formatJson, formatTable } = await import('../output.ts');
      await withRegistry(command, terminal, project, async ({ registry }) => {
        const entries = (await listIndexes(registry)).flatMap(entriesOf);
        if (json) await writeData(terminal, formatJson(entries));
        else if (entries.length === 0)
          terminal.stderr.write('Nothing is published; `onramp schema publish` does it.\n');
        else {
          const titles = ['schema', 'version', 'published', 'state'].map(title => ({ title }));
          const rows = entries.map(({ name, version, publishedAt, state, why }) => [
            name,
            version,
            publishedAt,
            why === undefined ? state : `${state}: ${why}`,
          ]);
          await writeData(terminal, formatTable(titles, rows, terminal.stdout));
        }
      });
    });
}

function entriesOf(index: SchemaIndex) {
  const current = currentVersion(index);
  return index.versions.toReversed().map(({ version, publishedAt, withdrawn }) => ({
    name: index.name,
    version,
    publishedAt,
    state: withdrawn ? 'withdrawn' : version === current ? 'current' : 'published',
    ...(withdrawn && { why: withdrawn.why, withdrawnAt: withdrawn.at }),
  }));
}
