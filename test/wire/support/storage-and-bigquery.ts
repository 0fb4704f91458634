import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BigQuery } from '@google-cloud/bigquery';
import { Storage } from '@google-cloud/storage';
import { startBigquery } from '../../../local/bigquery/bigquery.ts';
import { operator } from '../../../local/stand-in.ts';
import { startStorage } from '../../../local/storage/storage.ts';

// Google's clients would look for a metadata server.
process.env['METADATA_SERVER_DETECTION'] = 'none';

export const project = 'local-test';

/**
 * Stand-ins for Cloud Storage and for BigQuery, which loads the objects of the former, with Google's clients of both and an
 * environment in which the functions' clients reach the former.
 */
export async function startStorageAndBigquery() {
  const folder = mkdtempSync(join(tmpdir(), 'onramp-exports-'));
  const storage = await startStorage({ folder: join(folder, 'storage') });
  const bigquery = await startBigquery({
    folder: join(folder, 'bigquery'),
    readObject: (bucket, name) => storage.readObject(bucket, name),
    listObjects: (bucket, prefix) => storage.listObjects(bucket, prefix),
  });
  const origin = `http://127.0.0.1:${await storage.listen(operator)}`;
  // Where it is set, a client goes by it, whatever its option says.
  process.env['STORAGE_EMULATOR_HOST'] = origin;
  return {
    client: new Storage({ projectId: project, apiEndpoint: origin }),
    warehouse: new BigQuery({
      projectId: project,
      apiEndpoint: `http://127.0.0.1:${await bigquery.listen(operator)}`,
    }),
    close: async () => {
      await Promise.all([storage.close(), bigquery.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
