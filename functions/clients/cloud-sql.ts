import type { Duplex } from 'node:stream';
import type { SqlConnection } from '../core/batch/connection.ts';
import { parseEndpoint } from './endpoints.ts';
import { untilAborted } from './until-aborted.ts';

export interface CloudSqlWay {
  /** A new connection to the instance. */
  readonly stream: () => Duplex;
  /** Ends the renewal of certificates; connections that are open stay. */
  readonly close: () => void;
}

/**
 * Connections to an instance of Cloud SQL by its connector: TLS with certificates of an hour that the Admin API gives to
 * whom IAM lets, and IAM login. Rejects with the API's error, or the signal's reason.
 */
export async function cloudSql(
  { auth, ip }: Pick<SqlConnection, 'auth' | 'ip'>,
  instance: string,
  signal: AbortSignal,
): Promise<CloudSqlWay> {
  const { AuthTypes, Connector, IpAddressTypes } = await import('@google-cloud/cloud-sql-connector');
  const types = { public: IpAddressTypes.PUBLIC, private: IpAddressTypes.PRIVATE, psc: IpAddressTypes.PSC };
  const local = parseEndpoint(process.env['CLOUD_SQL_ADMIN_EMULATOR_HOST']);
  const connector = new Connector(local ? { sqlAdminAPIEndpoint: `http://${local.host}:${local.port}/` } : {});
  const opening = connector.getOptions({
    instanceConnectionName: instance,
    ipType: types[ip],
    authType: auth.method === 'iam' ? AuthTypes.IAM : AuthTypes.PASSWORD,
  });
  const close = () => connector.close();
  try {
    const { stream } = await untilAborted(signal, opening);
    return { stream, close };
  } catch (error) {
    // Where it failed there is nothing to close, and closing it would be an unhandled rejection.
    opening.then(close, () => undefined);
    throw error;
  }
}
