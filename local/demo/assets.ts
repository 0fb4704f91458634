import { readDataset } from './dataset.ts';

export const ramp = 'assets/images';

const images = ['7zip.png', 'ffox.png', 'gimp.png'];

/** The image files of the dataset, byte for byte. */
export function* events(): Generator<Uint8Array> {
  for (const image of images) yield readDataset(image);
}
