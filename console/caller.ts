import type { IncomingHttpHeaders } from 'node:http';

/**
 * Who asks, by e-mail address; undefined when nobody can be named. It relies on Cloud Run, which lets only invokers in and
 * has verified their token.
 *
 * Where both headers have a token Cloud Run has looked at `X-Serverless-Authorization` alone, so that the other may say
 * anything: https://cloud.google.com/run/docs/authenticating/service-to-service
 *
 * Behind the Identity-Aware Proxy the token is the proxy's own, and a header names the person. Only of the proxy is that
 * believed: https://cloud.google.com/iap/docs/identity-howto
 */
export function callerOf(headers: IncomingHttpHeaders): string | undefined {
  const verified = headers['x-serverless-authorization'] ?? headers.authorization;
  const email = emailOf(typeof verified === 'string' ? verified : '');
  if (email === undefined || !identityAwareProxy.test(email)) return email;
  const person = headers['x-goog-authenticated-user-email'];
  return typeof person === 'string' ? person.replace(/^accounts\.google\.com:/, '') || undefined : undefined;
}

const identityAwareProxy = /^service-\d+@gcp-sa-iap\.iam\.gserviceaccount\.com$/;

function emailOf(authorization: string): string | undefined {
  const payload = /^Bearer +[^.\s]+\.([^.\s]+)\./i.exec(authorization)?.[1];
  if (payload === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    const { email } = (claims ?? {}) as { email?: unknown };
    return typeof email === 'string' && email !== '' ? email : undefined;
  } catch {
    return undefined;
  }
}
