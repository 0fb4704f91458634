import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Inventory } from '../../infra/render.ts';
import { declared } from '../provision/declared.ts';
import type { Authorize, Caller } from '../stand-in.ts';

/** A variable of a function's environment that Cloud Run fills from Secret Manager when an instance starts. */
export interface SecretVariable {
  readonly name: string;
  readonly secret: string;
  readonly version: string;
}

/** The declared secrets of a local cloud. */
export interface Secrets {
  /**
   * The values of the variables, as `account` may read them.
   * @throws Error with all that Cloud Run would refuse to start the function for, in its words
   */
  resolve(account: Caller, variables: readonly SecretVariable[]): Record<string, string>;
}

export interface SecretsOptions {
  /** Where the values are kept, one file for each version. */
  readonly folder: string;
  readonly inventory: Inventory;
  readonly authorize: Authorize;
}

const versionName = /^[1-9]\d*$/;

/** A version of a secret that has no value yet gets a random one when it is first asked for; it is kept for good. */
export function createSecrets({ folder, inventory, authorize }: SecretsOptions): Secrets {
  const projects = new Map(
    declared(inventory, 'gcp:secretmanager/secret:Secret').map(({ secretId, project }) => [secretId, project]),
  );
  return {
    resolve(account, variables) {
      const problems: string[] = [];
      const values: Record<string, string> = {};
      for (const { name, secret, version } of variables) {
        const project = projects.get(secret);
        const resource = `projects/${project ?? '-'}/secrets/${secret}`;
        if (!authorize(account, 'secretmanager.versions.access', `${resource}/versions/${version}`)) {
          problems.push(`${name}: ${denied(`${resource}/versions/${version}`, account)}`);
        } else if (project === undefined || !versionName.test(version)) {
          problems.push(`${name}: Secret ${resource}/versions/${version} was not found`);
        } else {
          values[name] = valueOf(join(folder, secret), version);
        }
      }
      if (problems.length > 0) throw new Error(problems.join('\n'));
      return values;
    },
  };
}

/** What Cloud Run says: https://cloud.google.com/run/docs/troubleshooting#service-agent */
const denied = (version: string, account: Caller) =>
  `Permission denied on secret: ${version} for Revision service account ${account}. The service account used must be ` +
  "granted the 'Secret Manager Secret Accessor' role (roles/secretmanager.secretAccessor) at the secret, project or " +
  'higher level.';

/** Only the person at this machine may read the files. */
function valueOf(folder: string, version: string): string {
  const file = join(folder, version);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const value = randomBytes(32).toString('base64');
  writeFileSync(file, value, { mode: 0o600, flag: 'wx' });
  return value;
}
