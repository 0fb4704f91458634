import type { BigQuery } from '@google-cloud/bigquery';
import type { Inventory } from '../../infra/render.ts';
import { declared } from './declared.ts';

/**
 * Makes the declared datasets, and those of other projects on which something is granted: whose they are has made them.
 * Tables are the stages' own to make.
 */
export async function provisionBigquery(inventory: Inventory, bigquery: BigQuery): Promise<void> {
  const datasets = declared(inventory, 'gcp:bigquery/dataset:Dataset');
  const own = new Set(datasets.map(({ project, datasetId }) => `${project}.${datasetId}`));
  const others = declared(inventory, 'gcp:bigquery/datasetIamMember:DatasetIamMember').filter(
    ({ project, datasetId }) => !own.has(`${project}.${datasetId}`),
  );
  const location = datasets[0]?.location;
  const all = [
    ...datasets,
    ...others.map(({ project, datasetId }) => ({ project, datasetId, location, description: '', labels: undefined })),
  ];
  await Promise.all(
    [...new Map(all.map(each => [`${each.project}.${each.datasetId}`, each])).values()].map(
      async ({ project, datasetId, location: where, description, labels }) => {
        const dataset = bigquery.dataset(datasetId, { projectId: project });
        const [there] = await dataset.exists();
        if (there) return;
        await bigquery.createDataset(datasetId, {
          projectId: project,
          ...(where && { location: where }),
          ...(description && { description }),
          ...(labels && { labels }),
        });
      },
    ),
  );
}
