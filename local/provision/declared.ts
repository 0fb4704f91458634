import type { Inventory } from '../../infra/render.ts';

/**
 * The resources of one type in a rendered program, as the inputs of their Pulumi type. The program was type-checked
 * against the provider, so that the shapes named here hold.
 */
export function declared<Inputs>(inventory: Inventory, type: string): readonly Inputs[] {
  return inventory.resources.filter(resource => resource.type === type).map(resource => resource.inputs as Inputs);
}
