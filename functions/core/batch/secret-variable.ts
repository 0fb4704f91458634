import { createHash } from 'node:crypto';
import type { SecretReference } from './connection.ts';

/**
 * The variable of a function's environment that holds the secret of a reference. A hash, since references have characters
 * that a variable may not have, and since the same one must have the same name wherever it is asked for.
 */
export const secretVariable = (reference: SecretReference | (string & {})): string =>
  `ONRAMP_SECRET_${createHash('sha256').update(reference).digest('hex').slice(0, 16).toUpperCase()}`;

/** The parts of a reference. Throws an Error for a text that is none. */
export function secretParts(reference: string): {
  readonly project: string;
  readonly secret: string;
  readonly version: string;
} {
  const found = /^projects\/([^/]+)\/secrets\/([^/]+)\/versions\/([^/]+)$/.exec(reference);
  if (found?.[1] === undefined || found[2] === undefined || found[3] === undefined) {
    throw new Error(`"${reference}" is no reference to a secret`);
  }
  return { project: found[1], secret: found[2], version: found[3] };
}
