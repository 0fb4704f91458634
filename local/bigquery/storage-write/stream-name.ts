import { status } from '@grpc/grpc-js';
import type { TableName } from '../names.ts';
import { RpcError } from './service.ts';

/**
 * The table of a write stream's name, such as `projects/p/datasets/d/tables/t/streams/_default`. Throws an RpcError: only
 * default streams exist here.
 */
export function parseStreamName(name: string): TableName {
  const match = /^projects\/([^/]+)\/datasets\/([^/]+)\/tables\/([^/]+)\/(?:streams\/)?([^/]+)$/.exec(name);
  const [, project, dataset, table, stream] = match ?? [];
  if (project === undefined || dataset === undefined || table === undefined) {
    throw new RpcError(status.INVALID_ARGUMENT, `Invalid write stream name: "${name}".`);
  }
  if (stream !== '_default')
    throw new RpcError(status.NOT_FOUND, 'Requested stream was not found.', 'STREAM_NOT_FOUND');
  return { project, dataset, table };
}
