import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadDeclaration } from '../infra/load.ts';
import { makePlan, type Plan } from '../infra/plan/plan.ts';
import { parseSnapshot, type Snapshot, snapshotOf } from '../infra/plan/snapshot.ts';
import { renderDeclaration } from '../infra/render.ts';
import { checkOutRevision } from './git-folder.ts';
import { UsageError } from './problems.ts';
import { readStackFile, type StackConfig, stackConfig, stackSettings } from './stack-config.ts';

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
    const before = await snapshotBefore(request, config, temporary);
    const now = await snapshot(request.root, config.settings, before);
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
  const root = checkOutRevision(request.root, request.against, paths, temporary, {
    what: 'a file',
    mend: 'Name a commit, or a file that onramp plan --save wrote, with --against.',
  });
  const file = config.file === undefined ? undefined : join(root, config.file);
  // Without settings of that time, those of today: what differs then is what the services and schemas change.
  const before = file !== undefined && existsSync(file) ? readStackFile(file) : config.settings;
  return snapshot(root, before);
}

async function snapshot(root: string, settings: StackConfig['settings'], before?: Snapshot): Promise<Snapshot> {
  const declaration = loadDeclaration(root, stackSettings(settings));
  return snapshotOf(await renderDeclaration(declaration), declaration, before);
}
