import type { ExportAddress } from '../functions/core/batch/config.ts';
import { compactInstant, type Instant } from '../functions/core/batch/instant.ts';

/** Where the console's pages are. */
export const paths = {
  grid: '/',
  style: '/style.css',
  export: (address: ExportAddress) => `/exports/${address}`,
  run: (address: ExportAddress, start: Instant) => `/exports/${address}/runs/${compactInstant(start)}`,
  /** Shows what an operation would touch, and asks. */
  preview: '/preview',
  /** Does it. */
  apply: '/apply',
} as const;

/** The same as patterns of express. */
export const patterns = {
  export: '/exports/:service/:id',
  run: '/exports/:service/:id/runs/:start',
} as const;
