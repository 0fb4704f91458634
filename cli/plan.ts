import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { loadDeclaration } from '../infra/load.ts';
import { makePlan, type Plan } from '../infra/plan/plan.ts';
import { parseSnapshot, type Snapshot, snapshotOf } from '../infra/plan/snapshot.ts';
import { renderDeclaration } from '../infra/render.ts';
import { parseStackSettings } from '../infra/stack-settings.ts';
import { checkOutRevision } from './git-folder.ts';
import { UsageError } from './problems.ts';

export interface PlanRequest {
  /** Folder that holds `services/` and `proto/`. */
  readonly root: string;
  /** A file that was saved, or a git revision. */
  readonly against: string;
  /** Folder that the file's path is relative to. */
  readonly cwd: string;
  /** The stack whose `Pulumi.<stack>.yaml` counts; by default the only one there is. */
  readonly stack: string | undefined;
}

/**
 * Compares what is configured under `root` with what was. Writes nothing there.
 * Rejects with a ConfigurationError or a UsageError.
 */
export async function planChange(request: PlanRequest): Promise<{ readonly plan: Plan; readonly now: Snapshot }> {
  const temporary = mkdtempSync(join(tmpdir(), 'onramp-plan-'));
  try {
    const config = stackConfig(request.root, request.stack);
    const now = await snapshot(request.root, config.settings, join(temporary, 'now'));
    const before = await snapshotBefore(request, config, temporary);
    return { plan: makePlan(before, now), now };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

async function snapshotBefore(request: PlanRequest, config: StackConfig, temporary: string): Promise<Snapshot> {
  const saved = resolve(request.cwd, request.against);
  if (existsSync(saved) && statSync(saved).isFile()) {
    try {
      return parseSnapshot(readFileSync(saved, 'utf8'));
    } catch (error) {
      throw new UsageError(`${saved}: ${(error as Error).message}`, 'Write one with onramp plan --save <file>.');
    }
  }
  const paths = ['services', 'proto', 'buf.yaml', 'buf.lock', ...(config.file === undefined ? [] : [config.file])];
  const root = checkOutRevision(request.root, request.against, paths, temporary);
  const file = config.file === undefined ? undefined : join(root, config.file);
  // Without settings of that time, those of today: what differs then is what the services and schemas change.
  const before = file !== undefined && existsSync(file) ? readStackFile(file) : config.settings;
  return snapshot(root, before, join(temporary, 'before'));
}

async function snapshot(root: string, settings: StackConfig['settings'], output: string): Promise<Snapshot> {
  const declaration = { ...loadDeclaration(root, stackSettings(settings)), output };
  return snapshotOf(await renderDeclaration(declaration), declaration);
}

function stackSettings(settings: StackConfig['settings']) {
  try {
    return parseStackSettings(settings);
  } catch (error) {
    throw new UsageError((error as Error).message.trimEnd(), 'Correct it in the Pulumi.<stack>.yaml.');
  }
}

interface StackConfig {
  /** Name of the file with the stack's configuration; undefined when there is no stack. */
  readonly file: string | undefined;
  /** The keys `onramp:*`, without that prefix. */
  readonly settings: Readonly<Record<string, string>>;
}

function stackConfig(root: string, stack: string | undefined): StackConfig {
  const files = globSync('Pulumi.*.yaml', { cwd: root }).toSorted();
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

function readStackFile(path: string): Record<string, string> {
  const { config = {} } = (parse(readFileSync(path, 'utf8')) ?? {}) as { config?: Record<string, unknown> };
  const prefix = 'onramp:';
  return Object.fromEntries(
    Object.entries(config)
      .filter(([key]) => key.startsWith(prefix))
      // Pulumi, too, gives every value as text.
      .map(([key, value]) => [key.slice(prefix.length), typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
