import type { Plugin } from 'esbuild';

/**
 * What the functions import of Google's client packages, and where it is. The packages' own entry modules load every
 * client that they have: the half of an API that a function does not use costs it as much at each cold start as the other
 * half. Most are CommonJS, in a bundle of which an import() finds no names but those that are exported here.
 */
const clientEntries: Readonly<Record<string, string>> = {
  '@google-cloud/bigquery': `export { BigQuery } from '@google-cloud/bigquery';`,
  '@google-cloud/bigquery-storage': `
    export * as managedwriter from '@google-cloud/bigquery-storage/build/src/managedwriter/index.js';
    export * as protos from '@google-cloud/bigquery-storage/build/protos/protos.js';`,
  '@google-cloud/pubsub': `export * as v1 from '@google-cloud/pubsub-api/build/src/v1/publisher_client.js';`,
  '@google-cloud/storage': `export { Storage } from '@google-cloud/storage';`,
};

const namespace = 'client-entry';

/** Bundles the functions with the entries above in the place of the packages' own. */
export const clientEntriesPlugin = (resolveDir: string): Plugin => ({
  name: namespace,
  setup(build) {
    build.onResolve({ filter: /^@google-cloud\// }, ({ path, kind }) =>
      kind === 'dynamic-import' && path in clientEntries ? { path, namespace } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({ contents: clientEntries[path] ?? '', resolveDir }));
  },
});
