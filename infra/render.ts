import type { StageId } from '../functions/core/wiring.ts';
import { noBundle } from './bundle.ts';
import { declareStack } from './declare.ts';
import { loadDeclaration } from './load.ts';
import { providerOutputs } from './provider-outputs.ts';
import { type Inventory, record } from './record.ts';
import { parseStackSettings } from './stack-settings.ts';

export type { Inventory, Resource } from './record.ts';

export interface RenderOptions {
  /** Folder that holds `services/` and `proto/`. */
  readonly root: string;
  /** Id of the platform's project. */
  readonly project: string;
  readonly region?: string;
  readonly projectNumber?: string;
  /** Where a stage's function is called; by default such an address as Cloud Run would give it. */
  readonly functionUri?: (stage: StageId) => string;
}

/**
 * Runs the Pulumi program in this process without an engine, and answers with everything that it declares, its inputs
 * resolved. Writes the compiled schemas to `<root>/dist`; the functions are not bundled, so that their archive is empty.
 * May be called again, and while another call is under way.
 * Rejects with a ConfigurationError when the services or the schemas are not right.
 */
export async function renderStack(options: RenderOptions): Promise<Inventory> {
  const { root, project, region } = options;
  const settings = parseStackSettings({ project, ...(region !== undefined && { region }) });
  const declaration = loadDeclaration(root, settings);
  const provider = providerOutputs({
    project,
    region: settings.region,
    projectNumber: options.projectNumber ?? '123456789012',
    functionUri: options.functionUri,
  });
  return record(provider, () => declareStack({ ...declaration, bundle: noBundle() }));
}
