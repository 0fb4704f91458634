import { OnrampError } from '../errors.ts';

/**
 * Greatest descriptor set that the registry takes, comments included. One of 10,000 columns, the most that a table may
 * have, with a line of comment each, has about a quarter of it; a function keeps several in its memory.
 */
export const maxDescriptorSetBytes = 4 * 1024 * 1024;

/** @throws OnrampError SCHEMA_TOO_LARGE */
export function checkDescriptorSetSize(name: string, { byteLength }: Uint8Array): void {
  if (byteLength <= maxDescriptorSetBytes) return;
  throw new OnrampError(
    'SCHEMA_TOO_LARGE',
    `the descriptor set of ${name} has ${byteLength} bytes; it may have ${maxDescriptorSetBytes}`,
  );
}
