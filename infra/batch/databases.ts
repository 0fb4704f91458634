import type { DatabaseConnection } from '../../functions/core/batch/connection.ts';
import type { Condition, Grantable } from '../grants.ts';
import type { BatchGrant } from './batch-grants.ts';

type Databases = Extract<BatchGrant['on'], { readonly databases: unknown }>['databases'];

/** The APIs that a database is reached by. */
export function apisOf(connection: DatabaseConnection): readonly string[] {
  switch (connection.kind) {
    case 'spanner':
      return ['spanner'];
    case 'datastore':
      return ['datastore'];
    default:
      return connection.instance === undefined ? [] : ['sqladmin'];
  }
}

/** On what a role for one sort of database is granted: on nothing for a connection of another sort. */
export function databaseOf(connection: DatabaseConnection, sort: Databases): Grantable | undefined {
  switch (connection.kind) {
    case 'spanner': {
      const { project, instance, database, dataBoost } = connection;
      if (sort !== (dataBoost ? 'spannerDataBoost' : 'spanner')) return undefined;
      return {
        name: `${project}/${instance}/${database}`,
        resource: { kind: 'spanner', project, instance, database },
      };
    }
    case 'datastore': {
      const { project } = connection;
      return sort === 'datastore' ? { name: project, resource: { kind: 'project', project } } : undefined;
    }
    default: {
      const { instance, auth } = connection;
      const wanted = sort === 'cloudSql' || (sort === 'cloudSqlIam' && auth.method === 'iam');
      if (instance === undefined || !wanted) return undefined;
      const { project, name } = instanceParts(instance);
      const condition = onlyInstance(project, name);
      return { name: instance, resource: { kind: 'project', project, condition } };
    }
  }
}

/** Of `<project>:<region>:<instance>`; a project of a domain has a colon of its own. */
function instanceParts(instance: string) {
  const [, project = '', name = ''] = /^(.+):[^:]+:([^:]+)$/.exec(instance) ?? [];
  return { project, name };
}

/** https://cloud.google.com/sql/docs/postgres/iam-conditions */
const onlyInstance = (project: string, name: string): Condition => ({
  title: `onramp-${name}`,
  expression: `resource.name == "projects/${project}/instances/${name}"`,
});
