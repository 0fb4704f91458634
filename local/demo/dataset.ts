import { readFileSync } from 'node:fs';

/** The bytes of one data file of the package vega-datasets, such as `earthquakes.json`. */
export function readDataset(file: string): Buffer {
  return readFileSync(new URL(`../data/${file}`, import.meta.resolve('vega-datasets')));
}

/** The same, read as JSON. The caller names the shape, which the package's fixed version guarantees. */
export const readJsonDataset = (file: string): unknown => JSON.parse(readDataset(file).toString('utf8'));
