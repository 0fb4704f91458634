import * as gcp from '@pulumi/gcp';
import type * as pulumi from '@pulumi/pulumi';
import { type SecretId, secrets } from '../functions/core/names.ts';
import { type StageId, secretKeys, wiring } from '../functions/core/wiring.ts';
import { type Context, keptOptions } from './context.ts';

/**
 * A secret without any version: what it holds is added by hand, so that it is in no program, no state and no log. Kept
 * in the region where the data are.
 */
export function declareSecret(name: string, context: Context, parent: pulumi.Resource): gcp.secretmanager.Secret {
  return new gcp.secretmanager.Secret(
    name,
    {
      secretId: name,
      project: context.project,
      replication: { userManaged: { replicas: [{ location: context.region }] } },
      labels: { app: 'onramp' },
    },
    keptOptions(parent, context),
  );
}

/** A variable of a function's environment that holds a version of a secret. */
export interface SecretVariable {
  readonly key: string;
  readonly secret: string;
  readonly version: string;
}

/** The secrets that a stage's wiring names. Versions are explicit: with `latest` two instances could differ. */
export function stageSecrets(stage: StageId, { maskingKeyVersions }: Context): SecretVariable[] {
  const versions: Record<SecretId, readonly number[]> = { maskingKey: maskingKeyVersions };
  return wiring[stage].secrets.flatMap(id =>
    versions[id].map(version => ({
      key: `${secretKeys[id].prefix}${version}`,
      secret: secrets[id],
      version: String(version),
    })),
  );
}
