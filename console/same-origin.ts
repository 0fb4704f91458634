import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a page of the console itself sent a form. Browsers say so in `Sec-Fetch-Site`, whatever proxy is between, and
 * older ones by `Origin`; a request that says nothing is not believed: https://web.dev/articles/fetch-metadata
 */
export function isSameOrigin({ origin, host, ...headers }: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  return origin !== undefined && host !== undefined && origin.replace(/^https?:\/\//, '') === host;
}
