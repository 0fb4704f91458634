import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { type Context, keptOptions } from './context.ts';
import { grants, makeGrant } from './grants.ts';

export interface WarehouseArgs {
  readonly context: Context;
  readonly description: string;
  /** The service whose tables it holds; undefined for Onramp's own dataset. */
  readonly service?: string;
  /** IAM members that may query it. */
  readonly readers: readonly string[];
}

/** A dataset. Its tables are made by the stages, once the first row is there. */
export class Warehouse extends pulumi.ComponentResource {
  readonly id: string;
  readonly dataset: gcp.bigquery.Dataset;

  constructor(id: string, { context, description, service, readers }: WarehouseArgs, parent: pulumi.Resource) {
    super('onramp:infra:Warehouse', id, {}, { parent });
    this.id = id;
    this.dataset = new gcp.bigquery.Dataset(
      id,
      {
        datasetId: id,
        project: context.project,
        location: context.region,
        description,
        labels: { app: 'onramp', ...(service !== undefined && { service }) },
        // Rows are kept for ever, unless a ramp says otherwise for its own table.
        deleteContentsOnDestroy: false,
      },
      keptOptions(this, context),
    );
    for (const member of readers) {
      const options = { parent: this };
      makeGrant(grants.readDataset, { name: member, member }, { name: id, resource: this.dataset }, options);
    }
    this.registerOutputs({ dataset: this.dataset.datasetId });
  }
}
