import type { OpenSource } from './source.ts';

/** Opens the database that a request names. Each kind's client is loaded only where it is used. */
export const openSource: OpenSource = async (request, context) => {
  switch (request.connection.kind) {
    case 'postgres':
      return (await import('./postgres/postgres-source.ts')).openPostgres(request, context);
    case 'mysql':
      return (await import('./mysql/mysql-source.ts')).openMysql(request, context);
    case 'spanner':
      return (await import('./spanner/spanner-source.ts')).openSpanner(request, context);
    case 'datastore':
      return (await import('./datastore/datastore-source.ts')).openDatastore(request, context);
  }
};
