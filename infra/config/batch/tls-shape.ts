import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { type Pem, type Tls, tlsModes } from '../../../functions/core/batch/connection.ts';
import type { Finding } from '../yaml-file.ts';
import { secretReference, secretText } from './secret.ts';

/** More than the certificates of one database's authority ever are; the whole is part of every task. */
const maxCertificates = 16 * 1024;

const mode = z.enum(tlsModes, {
  error: 'write verify, verify-ca, encrypt or off (verify-full, verify-ca, require and disable of other tools)',
});

const secret = secretText('with certificates in PEM');

/** Certificates are public, so that they may stand here, too. */
const certificates = (what: string) => {
  const error = `write ${what}: its text from -----BEGIN CERTIFICATE----- on, or projects/<project>/secrets/<secret>`;
  return z.union(
    [
      z
        .string({ error })
        .max(maxCertificates, { error: 'write only the certificates of the authority that signed the server’s' })
        .refine(isCertificates, { error }),
      secret,
    ],
    { error },
  );
};

/** How a connection by host is encrypted: a mode, or a mapping with what it needs besides. */
export const tlsShape = z.union(
  [
    mode,
    z.strictObject({
      mode: mode.optional(),
      ca: certificates('the authority’s certificate').optional(),
      server_name: z
        .string({ error: 'write the host name that the server’s certificate is for' })
        .min(1, { error: 'write the host name that the server’s certificate is for' })
        .optional(),
      certificate: certificates('the client’s certificate').optional(),
      key: secretText('with the client’s private key').optional(),
    }),
  ],
  {
    error: 'write verify, verify-ca, encrypt or off, or a mapping such as { ca: projects/<project>/secrets/<secret> }',
  },
);

export type TlsYaml = z.output<typeof tlsShape>;

export function tlsOf(written: TlsYaml): Tls {
  if (typeof written === 'string') return { mode: written };
  const { mode = 'verify', ca, server_name, certificate, key } = written;
  return {
    mode,
    ...(ca !== undefined && { ca: pemOf(ca) }),
    ...(server_name !== undefined && { serverName: server_name }),
    ...(certificate !== undefined &&
      key !== undefined && { client: { certificate: pemOf(certificate), key: secretReference(key) } }),
  };
}

/** What is wrong between keys. Without it a certificate would be given, and nothing be checked by it. */
export function tlsFindings(written: TlsYaml): Finding[] {
  if (typeof written === 'string') return [];
  const { mode = 'verify', ca, server_name, certificate, key } = written;
  const findings: Finding[] = [];
  const useless = (name: string, why: string, mend: string) =>
    findings.push({ path: ['tls', name], atKey: true, what: why, mend });
  if (ca !== undefined && mode !== 'verify' && mode !== 'verify-ca') {
    useless('ca', `with mode: ${mode} no certificate is checked by it`, 'write mode: verify, or remove "ca"');
  }
  if (server_name !== undefined && mode !== 'verify') {
    useless('server_name', `with mode: ${mode} no name is checked`, 'write mode: verify, or remove "server_name"');
  }
  if (mode === 'off' && certificate !== undefined) {
    useless('certificate', 'with mode: off no certificate is shown', 'write mode: verify, or remove "certificate"');
  }
  if ((certificate === undefined) !== (key === undefined)) {
    const [there, missing] = key === undefined ? ['certificate', 'key'] : ['key', 'certificate'];
    useless(there, `"${there}" is written without "${missing}"`, `write "${missing}", too`);
  }
  return findings;
}

const pemOf = (text: string): Pem => (text.startsWith('projects/') ? { secret: secretReference(text) } : { pem: text });

const oneCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function isCertificates(text: string): boolean {
  const found = text.match(oneCertificate) ?? [];
  if (found.length === 0 || text.includes('PRIVATE KEY')) return false;
  try {
    return found.every(pem => new X509Certificate(pem).subject !== '');
  } catch {
    return false;
  }
}
