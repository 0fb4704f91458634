import type { Command } from 'commander';
import { examples, rootOf } from '../options.ts';
import { type Terminal, writeData } from '../terminal.ts';
import { writeFile } from '../write-file.ts';

interface CatalogOptions {
  readonly html?: string;
  readonly stack?: string;
  readonly json?: true;
}

/** `onramp catalog` */
export function addCatalog(program: Command, terminal: Terminal): void {
  program
    .command('catalog')
    .summary('list ramps and fields, with owners, readers and personal data')
    .description(
      'Lists every ramp with its owner, readers and lineage, and every field with its column, type, description and class ' +
        'of personal data, as services/ and proto/ declare them.',
    )
    .option('--html <file>', 'write it as one page of HTML, which needs nothing else')
    .option('--stack <stack>', 'whose Pulumi.<stack>.yaml to read (default: the only one)')
    .option('--json', 'print it as JSON')
    .addHelpText('after', examples('onramp catalog', 'onramp catalog --html catalog.html', 'onramp catalog --json'))
    .action(async ({ html, stack, json }: CatalogOptions, command: Command) => {
      const [
        { loadDeclaration },
        { catalogOf },
        { stackConfig, stackSettings },
        { formatFacts, formatJson, formatTable },
      ] = await Promise.all([
        import('../../infra/load.ts'),
        import('../../infra/catalog/catalog.ts'),
        import('../stack-config.ts'),
        import('../output.ts'),
      ]);
      const root = rootOf(command, terminal);
      const catalog = catalogOf(loadDeclaration(root, stackSettings(stackConfig(root, stack).settings)));
      if (html !== undefined) {
        const { catalogPage } = await import('../../infra/catalog/catalog-page.ts');
        writeFile(terminal, html, catalogPage(catalog));
      }
      if (json) await writeData(terminal, formatJson(catalog));
      else if (html === undefined) {
        const { catalogText } = await import('../../infra/catalog/catalog-text.ts');
        const table = (titles: readonly string[], rows: readonly (readonly string[])[]) =>
          formatTable(
            titles.map(title => ({ title })),
            rows,
            terminal.stdout,
          );
        await writeData(terminal, catalogText(catalog, table, formatFacts));
      }
    });
}
