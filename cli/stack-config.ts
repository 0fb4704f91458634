import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { parseStackSettings, type StackSettings } from '../infra/stack-settings.ts';
import { UsageError } from './problems.ts';

/** The settings of a stack's configuration. Throws a UsageError with all that is wrong. */
export function stackSettings(settings: StackConfig['settings']): StackSettings {
  try {
    return parseStackSettings(settings);
  } catch (error) {
    throw new UsageError((error as Error).message.trimEnd(), 'Correct it in the Pulumi.<stack>.yaml.');
  }
}

/** What a stack's file says. */
export interface StackConfig {
  /** Name of the file with the stack's configuration; undefined when there is no stack. */
  readonly file: string | undefined;
  /** The keys `onramp:*`, without that prefix. */
  readonly settings: Readonly<Record<string, string>>;
}

/** The files of all stacks, by name. */
export const stackFiles = (root: string): string[] => globSync('Pulumi.*.yaml', { cwd: root }).toSorted();

/** The configuration of the stack of that name, or of the only one. Throws a UsageError. */
export function stackConfig(root: string, stack: string | undefined): StackConfig {
  const files = stackFiles(root);
  const wanted = stack === undefined ? files : files.filter(file => file === `Pulumi.${stack}.yaml`);
  const [file] = wanted;
  if (wanted.length > 1) {
    throw new UsageError(`there are several stacks: ${wanted.join(', ')}`, 'Choose one with --stack <stack>.');
  }
  if (file === undefined && stack !== undefined) {
    throw new UsageError(`there is no Pulumi.${stack}.yaml in ${root}`, 'Name a stack that has one, or none.');
  }
  // Without any stack the plan is that of a deployment with all defaults.
  if (file === undefined) return { file, settings: { project: 'your-project' } };
  return { file, settings: readStackFile(join(root, file)) };
}

export function readStackFile(path: string): Record<string, string> {
  const { config = {} } = (parse(readFileSync(path, 'utf8')) ?? {}) as { config?: Record<string, unknown> };
  const prefix = 'onramp:';
  return Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(prefix))
      // Pulumi, too, gives every value as text.
      .map(([key, value]) => [key.slice(prefix.length), typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
