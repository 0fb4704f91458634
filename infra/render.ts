import type { StageId } from '../functions/core/wiring.ts';
import { noBundle } from './bundle.ts';
import { type Declaration, declareStack } from './declare.ts';
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
  return renderDeclaration(loadDeclaration(root, settings), options);
}

/** The same for what was read already. */
export function renderDeclaration(
  declaration: Omit<Declaration, 'bundle'>,
  { projectNumber, functionUri }: Pick<RenderOptions, 'projectNumber' | 'functionUri'> = {},
): Promise<Inventory> {
  const { project, region } = declaration.settings;
  const provider = providerOutputs({
    project,
    region,
    projectNumber: projectNumber ?? '123456789012',
    functionUri,
  });
  return record(provider, () => declareStack({ ...declaration, bundle: noBundle() }));
}
