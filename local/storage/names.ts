/**
 * Says why `name` is no valid bucket name, or undefined when it is one.
 * https://cloud.google.com/storage/docs/buckets#naming
 */
export function bucketNameProblem(name: string): string | undefined {
  if (!/^[a-z0-9][a-z0-9._-]*[a-z0-9]$/.test(name)) {
    return 'it must consist of lower-case letters, digits, hyphens, underscores and dots, and start and end with a letter or digit';
  }
  const parts = name.split('.');
  if (name.length < 3 || name.length > (parts.length > 1 ? 222 : 63)) return 'it must have 3 to 63 characters';
  if (parts.some(part => part.length === 0 || part.length > 63)) {
    return 'each part between its dots must have 1 to 63 characters';
  }
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return 'it must not be an IP address';
  if (name.startsWith('goog') || name.includes('google')) return 'it must not start with "goog" or contain "google"';
  return undefined;
}

/**
 * Says why `name` is no valid object name, or undefined when it is one.
 * https://cloud.google.com/storage/docs/objects#naming
 */
export function objectNameProblem(name: string): string | undefined {
  if (!name.isWellFormed()) return 'it must be valid Unicode';
  const bytes = Buffer.byteLength(name);
  if (bytes < 1 || bytes > 1024) return `it must have 1 to 1024 bytes in UTF-8, and has ${bytes}`;
  if (/[\r\n]/.test(name)) return 'it must not contain a carriage return or a line feed';
  if (name === '.' || name === '..') return 'it must not be "." or ".."';
  if (name.startsWith('.well-known/acme-challenge/')) return 'it must not start with ".well-known/acme-challenge/"';
  return undefined;
}
