/**
 * What every answer says to the browser: run nothing, load nothing but the style sheet, send forms only here, let nobody
 * frame it, and keep no copy.
 * https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy
 */
export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // Not no-referrer: with that a form would be sent from the origin "null".
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
};
