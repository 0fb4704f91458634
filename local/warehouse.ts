import type { BigQuery } from '@google-cloud/bigquery';
import { tablesOf } from '../functions/clients/tables.ts';
import type { Warehouse } from '../infra/publish/publish-schemas.ts';

/** The warehouse that a client reaches, as publishing needs it. */
export const warehouseOf = (bigquery: BigQuery): Warehouse => ({
  ...tablesOf(bigquery),
  async hasDataset(dataset) {
    const [there] = await bigquery.dataset(dataset).exists();
    return there;
  },
});
