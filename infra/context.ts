import type * as pulumi from '@pulumi/pulumi';
import type { StackSettings } from './stack-settings.ts';

/** What every component is given besides its own arguments. */
export interface Context extends StackSettings {
  /** The enabled APIs, on which every resource waits: a call to an API that is not enabled fails. */
  readonly apis: readonly pulumi.Resource[];
}

/** Options of a component's children. */
export function childOptions(parent: pulumi.Resource, { apis }: Context) {
  // Names are fixed, so that a successor cannot be made while its predecessor is there.
  return { parent, dependsOn: [...apis], deleteBeforeReplace: true };
}

/** Options of a child that holds data which nothing can bring back. */
export function keptOptions(parent: pulumi.Resource, context: Context) {
  return { ...childOptions(parent, context), protect: context.protect };
}
