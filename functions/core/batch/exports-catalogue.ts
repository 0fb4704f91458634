import type { BatchService, ExportAddress, ExportConfig, Pool } from './config.ts';

/**
 * What the batch layer's functions know about the exports at run time: one JSON object in the registry bucket, written at
 * deployment. A table that is added there is exported without a new deployment of any function.
 */
export interface ExportsCatalogue {
  readonly version: 1;
  readonly pools: readonly Pool[];
  readonly services: readonly BatchService[];
}

/** The catalogue as it is deployed: it says, too, where the export function of each service is called. */
export interface DeployedExports extends ExportsCatalogue {
  /** By the service's id; absent in a catalogue that is not deployed. */
  readonly exportUrls?: Readonly<Record<string, string>>;
}

/** Its object in the registry bucket. */
export const exportsCatalogueObject = 'exports.json';

/** As JSON; the same catalogue is the same text. */
export const serialiseExports = (catalogue: ExportsCatalogue): string => `${JSON.stringify(catalogue)}\n`;

/** Reads a catalogue. The deployment wrote it, so only its outline is checked. */
export function parseExports(text: string): DeployedExports {
  const value = JSON.parse(text) as Partial<DeployedExports>;
  if (value.version !== 1 || !Array.isArray(value.services) || !Array.isArray(value.pools)) {
    throw new Error(`the catalogue of exports has version ${String(value.version)}; this build reads version 1`);
  }
  return value as DeployedExports;
}

/** The export at an address, with its service. */
export function findExport(
  { services }: ExportsCatalogue,
  address: ExportAddress,
): { readonly service: BatchService; readonly config: ExportConfig } | undefined {
  for (const service of services) {
    const config = service.exports.find(candidate => candidate.address === address);
    if (config !== undefined) return { service, config };
  }
  return undefined;
}
