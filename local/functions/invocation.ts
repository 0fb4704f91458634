import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { domainOf } from '../iam/policy.ts';
import { createTokenVerifier, type Identity, type KeySet } from '../iam/tokens.ts';

/** How a function's callers prove who they are. */
export interface Invocation {
  /** The function's own address, which a token must be meant for. */
  readonly audience: string;
  /** With which tokens are signed. */
  readonly keys: KeySet;
}

/** Why a request does not reach the function. */
export type Refusal =
  | { readonly status: 401 }
  /** `email` is that of a caller who proved it, and who may not call. */
  | { readonly status: 403; readonly email?: string };

/** Decides on a request by its headers; undefined lets it through. `mayInvoke` is asked with the caller's email. */
export type Admit = (headers: IncomingHttpHeaders) => Refusal | undefined;

/** https://cloud.google.com/run/docs/authenticating/service-to-service */
export function createAdmission(
  { audience, keys }: Invocation,
  mayInvoke: (email: string) => boolean,
  now: () => number = Date.now,
): Admit {
  const verify = createTokenVerifier(keys, now);
  // A subscription sends the same token for half an hour; a signature is checked once.
  const verified = new Map<string, Identity>();

  const identify = (header: string): Identity | undefined => {
    const known = verified.get(header);
    if (known && known.expires > now()) return known;
    verified.delete(header);
    try {
      const identity = verify(header.replace(/^Bearer /i, ''), { audience });
      for (const [old, { expires }] of verified) if (expires <= now()) verified.delete(old);
      verified.set(header, identity);
      return identity;
    } catch {
      return undefined;
    }
  };
  return ({ authorization }) => {
    if (authorization === undefined) return { status: 403 };
    const identity = identify(authorization);
    if (!identity) return { status: 401 };
    return mayInvoke(identity.email) ? undefined : { status: 403, email: identity.email };
  };
}

/** Whether a caller is among holders of a permission, which are emails and `@<domain>`s. */
export const isAmong = (holders: ReadonlySet<string>, email: string) =>
  holders.has(email) || holders.has(domainOf(email));

/** Answers as Cloud Run's front end does. https://cloud.google.com/run/docs/troubleshooting#401 */
export function refuse({ status }: Refusal, path: string, response: ServerResponse): void {
  const name = status === 401 ? 'Unauthorized' : 'Forbidden';
  const url = `<code>${path.replace(/[^\w/.~%-]/g, '')}</code>`;
  const sentence =
    status === 401
      ? `Your client does not have permission to the requested URL ${url}.`
      : `Your client does not have permission to get URL ${url} from this server.`;
  response.writeHead(status, {
    'content-type': 'text/html; charset=UTF-8',
    ...(status === 401 && {
      'www-authenticate': 'Bearer error="invalid_token" error_description="The access token could not be verified"',
    }),
  });
  response.end(
    `<html><head>\n<title>${status} ${name}</title>\n</head>\n<body>\n` +
      `<h1>Error: ${name}</h1>\n<h2>${sentence}</h2>\n</body></html>\n`,
  );
}
