import { credentials } from '@grpc/grpc-js';
import type { NamedField, WriterFields } from '../infra/publish/until-writable.ts';

/** What the Storage Write API says of tables: what those who write to them know by now. */
export interface WriterFieldsReader {
  readonly read: WriterFields;
  readonly close: () => void;
}

const notFound = 5;

/** Reads it with Google’s client; from a local cloud’s port where one is given. */
export async function writerFieldsOf(project: string, localPort: number | undefined): Promise<WriterFieldsReader> {
  const { managedwriter, protos } = await import('@google-cloud/bigquery-storage');
  const { FULL } = protos.google.cloud.bigquery.storage.v1.WriteStreamView;
  const client = new managedwriter.WriterClient(
    localPort === undefined
      ? {}
      : { apiEndpoint: '127.0.0.1', port: localPort, sslCreds: credentials.createInsecure() },
  );
  return {
    async read(dataset, table) {
      const streamId = `projects/${project}/datasets/${dataset}/tables/${table}/streams/_default`;
      try {
        const { tableSchema } = await client.getWriteStream({ streamId, view: FULL });
        return tableSchema?.fields?.map(namedField);
      } catch (error) {
        if ((error as { code?: unknown }).code === notFound) return undefined;
        throw error;
      }
    },
    close: () => client.close(),
  };
}

type Field = { readonly name?: string | null; readonly fields?: readonly Field[] | null };

const namedField = ({ name, fields }: Field): NamedField => ({
  name: name ?? '',
  fields: (fields ?? []).map(namedField),
});
