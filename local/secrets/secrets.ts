import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Inventory } from '../../infra/render.ts';
import { declared } from '../provision/declared.ts';
import type { Authorize, Caller } from '../stand-in.ts';

/** A variable of a function's environment that Cloud Run fills from Secret Manager when an instance starts. */
export interface SecretVariable {
  readonly name: string;
  readonly project: string;
  readonly secret: string;
  /** A number, or `latest`. */
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

const versionName = /^([1-9]\d*|latest)$/;

/**
 * A version of a secret that has no value yet gets a random one when it is first asked for; it is kept for good. There are
 * the secrets that the program declares, and those of services, of which it declares only who may read them.
 */
export function createSecrets({ folder, inventory, authorize }: SecretsOptions): Secrets {
  const own = new Set(
    declared(inventory, 'gcp:secretmanager/secret:Secret').map(({ secretId, project }) => `${project}/${secretId}`),
  );
  const known = new Set([
    ...own,
    ...declared(inventory, 'gcp:secretmanager/secretIamMember:SecretIamMember').map(
      ({ secretId, project }) => `${project}/${secretId.replace(/^.*\//, '')}`,
    ),
  ]);
  return {
    resolve(account, variables) {
      const problems: string[] = [];
      const values: Record<string, string> = {};
      for (const { name, project, secret, version } of variables) {
        const resource = `projects/${project}/secrets/${secret}`;
        const key = `${project}/${secret}`;
        if (!authorize(account, 'secretmanager.versions.access', `${resource}/versions/${version}`)) {
          problems.push(`${name}: ${denied(`${resource}/versions/${version}`, account)}`);
        } else if (!known.has(key) || !versionName.test(version)) {
          problems.push(`${name}: Secret ${resource}/versions/${version} was not found`);
        } else {
          values[name] = valueOf(join(folder, own.has(key) ? secret : key), version);
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
  const file = join(folder, version === 'latest' ? latestOf(folder) : version);
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

/** The version of the highest number; the first when there is none. */
function latestOf(folder: string): string {
  const versions = existsSync(folder) ? readdirSync(folder).filter(name => /^[1-9]\d*$/.test(name)) : [];
  return String(Math.max(1, ...versions.map(Number)));
}
