import type { IncomingHttpHeaders } from 'node:http';

const loopback = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

/**
 * Whether a request comes from a page of another site, or by a name that only pretends to be this machine. A stand-in
 * has no other guard against the pages that the developer has open: it answers anybody on this machine.
 */
export function isCrossSite({ origin, host, ...headers }: IncomingHttpHeaders): boolean {
  if (headers['sec-fetch-site'] === 'cross-site') return true;
  if (host !== undefined && !loopback.test(host)) return true;
  return origin !== undefined && !loopback.test(origin.replace(/^https?:\/\//, ''));
}
