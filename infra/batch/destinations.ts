import * as gcp from '@pulumi/gcp';
import type * as pulumi from '@pulumi/pulumi';
import type { BatchService } from '../../functions/core/batch/config.ts';
import type { Grantable } from '../grants.ts';
import type { Platform } from '../platform.ts';
import { Warehouse } from '../warehouse.ts';

/** The datasets that exports are loaded into, and those of them with a table of which a column has a policy tag. */
export interface Destinations {
  readonly all: readonly Grantable[];
  readonly tagged: readonly Grantable[];
}

/**
 * The datasets that exports are loaded into. Those of the platform's project are made, unless the stream has them already;
 * those of other projects are their owners' and must be there.
 */
export function declareDestinations(
  platform: Platform,
  services: readonly BatchService[],
  existing: readonly Warehouse[],
  parent: pulumi.Resource,
): Destinations {
  const { context } = platform;
  const tagged = new Set<string>();
  const first = new Map<string, { readonly project: string; readonly dataset: string; readonly address: string }>();
  for (const { address, destinations, columns } of services.flatMap(({ exports }) => exports)) {
    const hasTag = Object.values(columns).some(({ mask, policyTag }) => policyTag && mask?.method !== 'drop');
    for (const { project, dataset } of destinations) {
      const key = `${project}.${dataset}`;
      if (hasTag) tagged.add(key);
      if (!first.has(key)) first.set(key, { project, dataset, address });
    }
  }
  const grantable = ({
    project,
    dataset,
    address,
  }: {
    project: string;
    dataset: string;
    address: string;
  }): Grantable => {
    if (project !== context.project) {
      const found = existingDataset(project, dataset, address, parent);
      return { name: `${project}.${dataset}`, resource: { kind: 'dataset', project, dataset: found } };
    }
    const warehouse =
      existing.find(({ id }) => id === dataset) ??
      new Warehouse(dataset, { context, description: 'Tables that exports are loaded into', readers: [] }, parent);
    return { name: dataset, resource: warehouse.dataset };
  };
  const all = [...first].map(([key, found]) => [key, grantable(found)] as const);
  const of = (chosen: typeof all) => chosen.map(([, resource]) => resource);
  return { all: of(all), tagged: of(all.filter(([key]) => tagged.has(key))) };
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
