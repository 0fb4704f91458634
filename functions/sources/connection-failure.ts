import type { SqlConnection } from '../core/batch/connection.ts';
import { OnrampError } from '../core/errors.ts';

interface Reason {
  readonly what: string;
  readonly mend: string;
}

/**
 * By the error's code and text: those of OpenSSL, https://nodejs.org/api/tls.html#x509-certificate-error-codes, which mysql2
 * tells by their texts alone, and those of the clients and servers.
 */
const tlsReasons: readonly (readonly [RegExp, Reason])[] = [
  [
    /DEPTH_ZERO_SELF_SIGNED_CERT|self-signed certificate$/,
    {
      what: 'the server’s certificate is signed by itself alone',
      mend: 'give that certificate as tls: { ca: … }, or have an authority sign one',
    },
  ],
  [
    /SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET_ISSUER_CERT|VERIFY_LEAF)|CERT_SIGNATURE_FAILURE|self-signed certificate in|unable to (get (local )?issuer|verify the first)|certificate signature failure/,
    {
      what: 'no authority that is trusted has signed the server’s certificate',
      mend: 'give the certificate of its authority as tls: { ca: … }',
    },
  ],
  [
    /CERT_HAS_EXPIRED|certificate has expired/,
    {
      what: 'the server’s certificate, or that of its authority, has expired',
      mend: 'renew it in the server; an authority’s also in tls: { ca: … }',
    },
  ],
  [
    /CERT_NOT_YET_VALID|certificate is not yet valid/,
    {
      what: 'the server’s certificate is not valid yet',
      mend: 'look at the certificate’s dates and at the clock of the machine that made it',
    },
  ],
  [
    /ERR_TLS_CERT_ALTNAME_INVALID|does not match certificate's altnames/,
    {
      what: 'the server’s certificate is for another host',
      mend: 'write the host that it is for, or tls: { server_name: … } with a name that it has',
    },
  ],
  [
    /E(NO|BAD)SQLADMINVERIFYCERT/,
    {
      what: 'another server than the instance answers at its address',
      mend: 'look at the network between the function and the instance',
    },
  ],
  [
    /HANDSHAKE_NO_SSL_SUPPORT|does not support (SSL|secure) connection/,
    {
      what: 'the server does not offer TLS',
      mend: 'turn it on in the server; only where the whole network between is trusted, write tls: off',
    },
  ],
  [
    /no encryption|SSL off|insecure transport are prohibited/,
    { what: 'the server demands TLS, and the connection has none', mend: 'write tls: verify' },
  ],
  [
    /ALERT_(CERTIFICATE_REQUIRED|UNKNOWN_CA|CERTIFICATE_UNKNOWN|BAD_CERTIFICATE)|alert (certificate required|unknown ca|bad certificate)|requires a valid client certificate/,
    {
      what: 'the server does not take the client’s certificate, or wants one',
      mend: 'give one that its authority has signed as tls: { certificate: …, key: … }',
    },
  ],
  [
    /^ERR_OSSL_|^ERR_CRYPTO_/,
    {
      what: 'a certificate or key of tls cannot be used',
      mend: 'give PEM texts, and the key that the client’s certificate was made for',
    },
  ],
];

/** Of sockets, and of pg when its time to connect is over. */
const nobodyThere = /^(ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)|timeout expired/;

/** Why no connection came about: what, where, and how to mend it. */
export function connectionFailure(cause: unknown, connection: SqlConnection): unknown {
  if (cause instanceof OnrampError) return cause;
  const { code, message } = factsOf(cause);
  const reason = tlsReasons.find(([pattern]) => pattern.test(`${code} ${message}`))?.[1];
  const place = placeOf(connection);
  if (reason !== undefined) {
    return new OnrampError('EXPORT_TLS_FAILED', `${place}: ${reason.what} (${message}); ${reason.mend}`, { cause });
  }
  const mend = nobodyThere.test(`${code} ${message}`)
    ? 'look whether it runs, and whether the function’s network leads there'
    : connection.instance === undefined
      ? mendOf(code)
      : cloudSqlMend(cause, connection);
  const detail = `${place}: ${message}${mend === undefined ? '' : `; ${mend}`}`;
  return new OnrampError('EXPORT_CONNECTION_FAILED', detail, { cause });
}

/** An error of several addresses of one host says nothing by itself. */
function factsOf(cause: unknown): { readonly code: string; readonly message: string } {
  if (!(cause instanceof Error)) return { code: '', message: String(cause) };
  const { code } = cause as { readonly code?: unknown };
  const message =
    cause instanceof AggregateError
      ? cause.errors.map(each => (each instanceof Error ? each.message : String(each))).join('; ')
      : cause.message;
  // Node.js adds what one could start it with, which nobody can here.
  return {
    code: typeof code === 'string' ? code : '',
    message: message.replace(/; if the root CA is installed.*$/, ''),
  };
}

function placeOf({ kind, instance, ip, host = 'localhost', port, user, database }: SqlConnection): string {
  const where = instance === undefined ? `${host}${port === undefined ? '' : `:${port}`}` : `${instance} (ip: ${ip})`;
  return `${kind} ${JSON.stringify(database)} at ${where} as ${JSON.stringify(user)}`;
}

function mendOf(code: string): string | undefined {
  return code === 'ER_ACCESS_DENIED_ERROR'
    ? 'compare user and password; a user whom the server holds to TLS, or to a certificate, is refused with the same words'
    : undefined;
}

/** What the Admin API, the connector or the database's login of IAM wants. */
function cloudSqlMend(cause: unknown, { ip, auth }: SqlConnection): string | undefined {
  const { code, status } = (cause ?? {}) as { readonly code?: unknown; readonly status?: unknown };
  const http = Number(status ?? code);
  if (http === 401 || http === 403) {
    return 'the export’s account needs roles/cloudsql.client on the instance, and the instance’s project the Cloud SQL Admin API';
  }
  if (http === 404) return 'there is no such instance: compare "instance" with its connection name';
  if (http === 400 || http === 409) return 'look whether the instance runs';
  if (code === 'EBADSQLADMINREGION') return 'correct the region in "instance"';
  if (typeof code === 'string' && /^ENO(PUBLIC|PRIVATE|PSC)SQLADMINIPADDRESS$/.test(code)) {
    return `the instance has no address of that sort: write another "ip" than ${ip}`;
  }
  if (auth.method === 'iam' && typeof code === 'string' && /^28|^ER_ACCESS_DENIED/.test(code)) {
    return 'make the export’s account a user of the database, with roles/cloudsql.instanceUser on the instance';
  }
  return undefined;
}
