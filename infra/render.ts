import { noBundle } from './bundle.ts';
import { type Declaration, declareStack } from './declare.ts';
import { loadDeclaration } from './load.ts';
import { providerAnswers, providerOutputs } from './provider-outputs.ts';
import { type Inventory, record } from './record.ts';
import { parseStackSettings } from './stack-settings.ts';

export type { Inventory, Resource } from './record.ts';

export interface RenderOptions {
  /** Folder that holds `services/` and `proto/`. */
  readonly root: string;
  /** Id of the platform's project. */
  readonly project: string;
  readonly region?: string;
  /** Other settings of the stack, as `parseStackSettings` takes them. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly projectNumber?: string;
  /** Where a function is called, by its name; by default such an address as Cloud Run would give it. */
  readonly functionUri?: (name: string) => string;
}

/**
 * Runs the Pulumi program in this process without an engine, and answers with everything that it declares, its inputs
 * resolved. The functions are not bundled, so that their archive is empty.
 * May be called again, and while another call is under way.
 * Rejects with a ConfigurationError when the services or the schemas are not right.
 */
export async function renderStack(options: RenderOptions): Promise<Inventory> {
  return renderDeclaration(readStack(options), options);
}

/** What a stack is made of. Throws a ConfigurationError when the services or the schemas are not right. */
export function readStack({
  root,
  project,
  region,
  settings,
}: Pick<RenderOptions, 'root' | 'project' | 'region' | 'settings'>) {
  return loadDeclaration(root, parseStackSettings({ ...settings, project, ...(region !== undefined && { region }) }));
}

/** The same for what was read already. */
export function renderDeclaration(
  declaration: Omit<Declaration, 'bundle'>,
  { projectNumber, functionUri }: Pick<RenderOptions, 'projectNumber' | 'functionUri'> = {},
): Promise<Inventory> {
  const { project, region } = declaration.settings;
  const facts = { project, region, projectNumber: projectNumber ?? '123456789012', functionUri };
  const program = () => declareStack({ ...declaration, bundle: noBundle() });
  return record(providerOutputs(facts), program, providerAnswers(facts));
}
