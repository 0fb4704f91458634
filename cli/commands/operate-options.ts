import type { Command } from 'commander';

/** The option of every command that asks the batch layer of a project. */
export const projectOption = [
  '--project <project>',
  'whose exports, with your own Google credentials (default: that of the local cloud)',
] as const;

/** The options of every command that changes something there. */
export const withOperateOptions = (command: Command): Command =>
  command
    .option('--dry-run', 'show what it would change, and change nothing')
    .option('--yes', 'do it without asking')
    .option(...projectOption)
    .option('--json', 'print the changes as JSON');
