import type { Authorize, Caller } from '../stand-in.ts';
import { ApiError } from './errors.ts';
import {
  type DatasetName,
  datasetId,
  datasetResource,
  projectResource,
  type TableName,
  tableId,
  tableResource,
} from './names.ts';

/** Asks for permissions; a refusal is an ApiError in BigQuery's words. */
export interface Access {
  project(caller: Caller, permission: string, project: string): void;
  dataset(caller: Caller, permission: string, name: DatasetName): void;
  table(caller: Caller, permission: string, name: TableName): void;
}

export function accessOf(authorize: Authorize): Access {
  function check(caller: Caller, permission: string, resource: string, what: string, id: string): void {
    if (authorize(caller, permission, resource)) return;
    throw new ApiError(
      'accessDenied',
      `Access Denied: ${what} ${id}: Permission ${permission} denied on ${what.toLowerCase()} ${id} (or it may not exist).`,
    );
  }
  return {
    project: (caller, permission, project) => check(caller, permission, projectResource(project), 'Project', project),
    dataset: (caller, permission, name) => check(caller, permission, datasetResource(name), 'Dataset', datasetId(name)),
    table: (caller, permission, name) => check(caller, permission, tableResource(name), 'Table', tableId(name)),
  };
}
