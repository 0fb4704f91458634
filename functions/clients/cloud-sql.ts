import type { Duplex } from 'node:stream';
import type { SqlConnection } from '../core/batch/connection.ts';

/** Sockets to an instance of Cloud SQL, by its connector: TLS with short-lived certificates, and IAM login. */
export async function cloudSql(
  { auth, ip }: Pick<SqlConnection, 'auth' | 'ip'>,
  instance: string,
): Promise<{ readonly stream: () => Duplex; readonly close: () => void }> {
  const { AuthTypes, Connector, IpAddressTypes } = await import('@google-cloud/cloud-sql-connector');
  const connector = new Connector();
  const { stream } = await connector.getOptions({
    instanceConnectionName: instance,
    ipType: ip === 'private' ? IpAddressTypes.PRIVATE : IpAddressTypes.PUBLIC,
    authType: auth.method === 'iam' ? AuthTypes.IAM : AuthTypes.PASSWORD,
  });
  return { stream, close: () => connector.close() };
}
