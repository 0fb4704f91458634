import { createHmac } from 'node:crypto';
import { OnrampError } from '../errors.ts';

/** Masks values of personal data with a key. */
export interface Masker {
  /** The token of a value: the same for the same value, and of no use without the key. */
  hmac(value: Uint8Array): string;
}

/** Bytes below which a key would be easier to guess than its HMAC: https://www.rfc-editor.org/rfc/rfc2104#section-3 */
export const minKeyBytes = 32;

/** The key that a version of a secret holds: its text, without the white space around it. */
export const maskingKey = (text: string): Buffer => Buffer.from(text.trim(), 'utf8');

/**
 * Makes tokens `v<version>:<HMAC-SHA-256 of the value, in base64url>`. The version of the key is in the token, so that
 * tokens of different keys are told apart; they do not join.
 */
export function createMasker(version: number, key: Uint8Array): Masker {
  const prefix = `v${version}:`;
  return { hmac: value => prefix + createHmac('sha256', key).update(value).digest('base64url') };
}

/** Stands where there is no key. Throws MASKING_KEY_MISSING, so that no value goes unmasked. */
export const withoutKey: Masker = {
  hmac() {
    throw new OnrampError('MASKING_KEY_MISSING', 'the schema has a field that is masked by HMAC');
  },
};
