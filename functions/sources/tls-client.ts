import { checkServerIdentity, createSecureContext, type PeerCertificate } from 'node:tls';
import type { Pem, Tls } from '../core/batch/connection.ts';

/** A client's side of TLS, as Node.js takes it. */
export interface TlsClient {
  readonly rejectUnauthorized: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** The name that the server's certificate has to be for; absent when any name will do. */
  readonly serverName?: string;
  readonly checkServerIdentity: (host: string, certificate: PeerCertificate) => Error | undefined;
}

/**
 * What a connection has written of TLS, with its secrets read; undefined for none. Rejects when certificates and key
 * cannot be used, before anything is sent.
 */
export async function tlsClient(
  tls: Tls,
  host: string,
  secret: (reference: string) => Promise<string>,
): Promise<TlsClient | undefined> {
  if (tls.mode === 'off') return undefined;
  const read = (pem: Pem) => ('pem' in pem ? Promise.resolve(pem.pem) : secret(pem.secret));
  const ca = tls.ca && (await read(tls.ca));
  const cert = tls.client && (await read(tls.client.certificate));
  const key = tls.client && (await secret(tls.client.key));
  const given = {
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
  createSecureContext(given);
  const serverName = tls.mode === 'verify' ? (tls.serverName ?? host) : undefined;
  return {
    rejectUnauthorized: tls.mode !== 'encrypt',
    ...given,
    ...(serverName !== undefined && { serverName }),
    checkServerIdentity: (_host, certificate) =>
      serverName === undefined ? undefined : checkServerIdentity(serverName, certificate),
  };
}
