import { storageAgentEmail } from '../../infra/provider-outputs.ts';
import type { Inventory } from '../../infra/render.ts';
import type { Caller } from '../stand-in.ts';

/**
 * Whom a Google service acts as in the project, such as `pubsub`. Without a declared identity it is one that nothing can
 * be granted to. What Google grants its service agents by itself does not count here: organisations take it away.
 */
export function serviceAgent({ resources }: Inventory, service: string): Caller {
  const identity = resources.find(
    ({ type, inputs }) =>
      type === 'gcp:projects/serviceIdentity:ServiceIdentity' && inputs['service'] === `${service}.googleapis.com`,
  );
  const { email } = (identity?.outputs ?? {}) as { readonly email?: Caller };
  return email ?? `undeclared-service-agent-of-${service}`;
}

/** Whom Cloud Storage acts as in the project of the declared buckets. */
export function storageAgent({ resources }: Inventory): Caller {
  const bucket = resources.find(({ type }) => type === 'gcp:storage/bucket:Bucket');
  return storageAgentEmail(String(bucket?.outputs['projectNumber']));
}
