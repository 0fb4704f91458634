import { type Catalogue, parseCatalogue } from '../functions/core/catalogue.ts';
import { parseRampAddress, registryObjects, topics } from '../functions/core/names.ts';
import type { Inventory } from '../infra/render.ts';
import type { MeteredRamp } from './meter.ts';
import { declared } from './provision/declared.ts';

/** The ramps of a rendered program, from the catalogue that it gives its functions. */
export function rampsOf(inventory: Inventory): MeteredRamp[] {
  return Object.entries(catalogueOf(inventory).ramps).map(([ramp, { warehouse }]) => {
    const { service = '', ramp: id = '' } = parseRampAddress(ramp) ?? {};
    return { ramp, topic: topics.ramp(service, id), table: warehouse && `${warehouse.dataset}.${warehouse.table}` };
  });
}

function catalogueOf(inventory: Inventory): Catalogue {
  const objects = declared(inventory, 'gcp:storage/bucketObject:BucketObject');
  const text = objects.find(object => object.name === registryObjects.catalogue)?.source.text;
  if (text === undefined) throw new Error('the program declares no catalogue');
  return parseCatalogue(text);
}
