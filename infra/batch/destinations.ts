import * as gcp from '@pulumi/gcp';
import type * as pulumi from '@pulumi/pulumi';
import type { BatchService } from '../../functions/core/batch/config.ts';
import type { Grantable } from '../grants.ts';
import type { Platform } from '../platform.ts';
import { Warehouse } from '../warehouse.ts';

/**
 * The datasets that exports are loaded into. Those of the platform's project are made, unless the stream has them already;
 * those of other projects are their owners' and must be there.
 */
export function declareDestinations(
  platform: Platform,
  services: readonly BatchService[],
  existing: readonly Warehouse[],
  parent: pulumi.Resource,
): Grantable[] {
  const { context } = platform;
  const first = new Map<string, { readonly project: string; readonly dataset: string; readonly address: string }>();
  for (const { address, destinations } of services.flatMap(({ exports }) => exports)) {
    for (const { project, dataset } of destinations) {
      const key = `${project}.${dataset}`;
      if (!first.has(key)) first.set(key, { project, dataset, address });
    }
  }
  return [...first.values()].map(({ project, dataset, address }): Grantable => {
    if (project !== context.project) {
      const found = existingDataset(project, dataset, address, parent);
      return { name: `${project}.${dataset}`, resource: { kind: 'dataset', project, dataset: found } };
    }
    const warehouse =
      existing.find(({ id }) => id === dataset) ??
      new Warehouse(dataset, { context, description: 'Tables that exports are loaded into', readers: [] }, parent);
    return { name: dataset, resource: warehouse.dataset };
  });
}

/** Rejects, already when the deployment is previewed, with what there is to do about a dataset that cannot be seen. */
async function existingDataset(project: string, dataset: string, address: string, parent: pulumi.Resource) {
  try {
    await gcp.bigquery.getDataset({ project, datasetId: dataset }, { parent });
    return dataset;
  } catch (cause) {
    const what = `the dataset ${project}.${dataset}, into which ${address} is loaded, is in another project and cannot be seen`;
    throw new Error(`${what}: make it there, and let who deploys administer it`, { cause });
  }
}
