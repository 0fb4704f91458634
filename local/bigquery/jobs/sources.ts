import { invalid, notFound } from '../errors.ts';

/** Where the files of load jobs are read from. */
export interface Objects {
  readObject(bucket: string, name: string): Promise<Buffer | undefined>;
  listObjects(bucket: string, prefix: string): { readonly name: string }[];
}

export interface Source {
  readonly uri: string;
  readonly bucket: string;
  readonly name: string;
}

/** The objects of a `gs://` URI, which may have one `*` in the object's name. Throws when there is none. */
export function findSources(objects: Objects, uri: string): Source[] {
  const match = /^gs:\/\/([^/*]+)\/(.+)$/.exec(uri);
  const [, bucket, pattern] = match ?? [];
  if (bucket === undefined || pattern === undefined) throw invalid(`Invalid source URI: ${uri}`, 'sourceUris');
  const [prefix = '', suffix, ...more] = pattern.split('*');
  if (more.length > 0) throw invalid(`Only one wildcard is supported in a source URI: ${uri}`, 'sourceUris');
  if (suffix === undefined) return [{ uri, bucket, name: pattern }];
  const found = objects
    .listObjects(bucket, prefix)
    .filter(({ name }) => name.length >= prefix.length + suffix.length && name.endsWith(suffix))
    .map(({ name }) => ({ uri: `gs://${bucket}/${name}`, bucket, name }));
  if (found.length === 0) throw notFound('URI', uri);
  return found;
}
