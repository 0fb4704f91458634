import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { buckets } from '../functions/core/names.ts';
import { type Baseline, baselineOfFolder } from '../infra/gate/baseline.ts';
import { checkSchemas } from '../infra/gate/check-schemas.ts';
import type { SchemaCheck } from '../infra/gate/finding.ts';
import { checkConfiguration } from './configuration.ts';
import { checkOutRevision, mergeBase } from './git-folder.ts';
import { UsageError } from './problems.ts';
import { publishedBaseline } from './published-baseline.ts';
import type { Terminal } from './terminal.ts';
import { withClients } from './with-clients.ts';

export interface SchemaCheckRequest {
  /** Folder that holds `services/` and `proto/`. */
  readonly root: string;
  /** A git revision, or `registry`; by default where the branch left main. */
  readonly against: string | undefined;
  /** Whose registry; by default that of the local cloud. */
  readonly project: string | undefined;
}

/** Judges what is configured under `root`. Writes nothing there. Rejects with a UsageError. */
export async function checkSchemaChange(
  { root, against, project }: SchemaCheckRequest,
  command: Command,
  terminal: Terminal,
): Promise<SchemaCheck> {
  if (project !== undefined && against !== 'registry') {
    throw new UsageError('--project is for the registry', 'Add --against registry, or leave --project out.');
  }
  const configured = { root, ...checkConfiguration(root) };
  const temporary = mkdtempSync(join(tmpdir(), 'onramp-schema-check-'));
  try {
    if (against !== 'registry') return checkSchemas(configured, baselineOfCommit(root, against, temporary));
    if (project !== undefined) {
      const { Storage } = await import('@google-cloud/storage');
      const bucket = new Storage({ projectId: project }).bucket(buckets.registry(project));
      return checkSchemas(configured, await publishedBaseline(bucket, temporary));
    }
    let check: SchemaCheck | undefined;
    await withClients(command, terminal, async ({ storage }, local) => {
      const bucket = storage.bucket(buckets.registry(local));
      check = checkSchemas(configured, await publishedBaseline(bucket, temporary));
    });
    if (check === undefined) throw new Error('the registry was not read');
    return check;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function baselineOfCommit(root: string, against: string | undefined, temporary: string): Baseline {
  const commit = against ?? mergeBase(root, ['origin/main', 'main']);
  const folder = checkOutRevision(root, commit, ['services', 'proto', 'buf.yaml', 'buf.lock'], temporary, {
    what: '"registry"',
    mend: 'Name a commit with --against, or write --against registry for what is published.',
  });
  const label =
    against === undefined ? `commit ${commit.slice(0, 12)}, where the branch left main` : `commit ${commit}`;
  const { baseline, problems } = baselineOfFolder(folder, label);
  if (baseline === undefined) {
    const [first] = problems;
    throw new UsageError(
      `what ${label} holds cannot be compared with: ${first?.file ?? ''}:${first?.line ?? 1} ${first?.what ?? ''}`,
      'Name a commit of which onramp check has nothing to say, with --against.',
    );
  }
  return baseline;
}
