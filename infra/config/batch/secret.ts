import { z } from 'zod';
import type { SecretReference } from '../../../functions/core/batch/connection.ts';

/** https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions */
const reference =
  /^projects\/([a-z0-9_:.-]+)\/secrets\/([A-Za-z0-9_-]{1,255})(?:\/versions\/(latest|\d+|[a-zA-Z][\w-]*))?$/;

/** A text that names a secret of Secret Manager, and never is one. */
export const secretText = (what: string) => {
  const error =
    `write where Secret Manager has the secret ${what}: projects/<project>/secrets/<secret>; ` +
    'never write a secret itself, and if one was written here, replace it';
  return z.string({ error }).regex(reference, { error });
};

/** The same of a key that masks: it names its version, since tokens join only under the same one. */
export const maskKeyText = () => {
  const error =
    'write where Secret Manager has the key, with its version: projects/<project>/secrets/<secret>/versions/1; ' +
    'tokens join only under the same version';
  return z
    .string({ error })
    .regex(/^projects\/[a-z0-9_:.-]+\/secrets\/[A-Za-z0-9_-]{1,255}\/versions\/[1-9]\d*$/, { error });
};

/** The reference with its version; the latest when none was written. */
export function secretReference(text: string): SecretReference {
  const found = reference.exec(text);
  if (found?.[1] === undefined || found[2] === undefined) throw new Error('no reference to a secret');
  return `projects/${found[1]}/secrets/${found[2]}/versions/${found[3] ?? 'latest'}`;
}
