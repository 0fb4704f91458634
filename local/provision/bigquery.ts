import type { BigQuery } from '@google-cloud/bigquery';
import type { Inventory } from '../../infra/render.ts';
import { declared } from './declared.ts';

/** Makes the declared datasets. Tables are the stages' own to make. */
export async function provisionBigquery(inventory: Inventory, bigquery: BigQuery): Promise<void> {
  const datasets = declared(inventory, 'gcp:bigquery/dataset:Dataset');
  await Promise.all(
    datasets.map(async ({ datasetId, location, description, labels }) => {
      const [there] = await bigquery.dataset(datasetId).exists();
      if (there) return;
      await bigquery.createDataset(datasetId, {
        location,
        ...(description && { description }),
        ...(labels && { labels }),
      });
    }),
  );
}
