import type { BatchService } from '../functions/core/batch/config.ts';
import { type DatabaseConnection, isDatabase } from '../functions/core/batch/connection.ts';
import type { ExportsCatalogue } from '../functions/core/batch/exports-catalogue.ts';
import { exportFunction } from '../functions/core/names.ts';

/** Where a service's database is on this machine. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
}

/** By `<service>/<connection>`. */
export type LocalDatabases = Readonly<Record<string, DatabaseAddress>>;

export interface LocalExports {
  readonly exports: ExportsCatalogue;
  /** What the export functions are told besides, by the function's name. */
  readonly environments: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * The exports that can be made here: those whose database is at a given address, which takes the place of the configured
 * one. Of the others nothing is made, since a local cloud reaches nothing that is not local.
 */
export function localExports({ version, pools, services }: ExportsCatalogue, databases: LocalDatabases): LocalExports {
  const environments: Record<string, Record<string, string>> = {};
  const local = services.flatMap((service): BatchService[] => {
    const connections = { ...service.connections };
    for (const [id, connection] of Object.entries(connections)) {
      const address = databases[`${service.id}/${id}`];
      if (address === undefined || !isDatabase(connection)) continue;
      connections[id] = connectionAt(connection, address);
      Object.assign((environments[exportFunction(service.id)] ??= {}), environmentAt(connection, address));
    }
    const exports = service.exports.filter(({ connection }) => databases[`${service.id}/${connection}`] !== undefined);
    return exports.length === 0 ? [] : [{ ...service, connections, exports }];
  });
  return { exports: { version, pools, services: local }, environments };
}

function connectionAt(connection: DatabaseConnection, { host, port }: DatabaseAddress): DatabaseConnection {
  if (connection.kind === 'spanner' || connection.kind === 'datastore') return connection;
  const { instance: _instance, ...rest } = connection;
  return { ...rest, host, port, tls: { mode: 'off' } };
}

/** Google's clients are told by a variable where an emulator is. */
function environmentAt({ kind }: DatabaseConnection, { host, port }: DatabaseAddress): Record<string, string> {
  if (kind === 'spanner') return { SPANNER_EMULATOR_HOST: `${host}:${port}` };
  return kind === 'datastore' ? { DATASTORE_EMULATOR_HOST: `${host}:${port}` } : {};
}
