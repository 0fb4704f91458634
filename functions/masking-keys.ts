import { createMasker, type Masker, maskingKey, minKeyBytes } from './core/codec/masker.ts';
import { secretKeys } from './core/wiring.ts';

const { prefix } = secretKeys.maskingKey;

/**
 * The masker of the versions of the masking key that the environment holds, one in each variable
 * `ONRAMP_MASKING_KEY_<version>`: a text of at least 32 bytes, which are the key; white space around it does not count.
 * The highest version masks. Without any version there is no masker, and nothing can be masked by HMAC.
 * `problems` name the variables that are wrong, and never show a key.
 */
export function readMasker(variables: Readonly<Record<string, string | undefined>>): {
  readonly masker: Masker | undefined;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  let highest: { readonly version: number; readonly key: Uint8Array } | undefined;
  for (const [name, value] of Object.entries(variables)) {
    if (!name.startsWith(prefix) || value === undefined) continue;
    const version = name.slice(prefix.length);
    const key = maskingKey(value);
    if (!/^[1-9][0-9]{0,8}$/.test(version)) problems.push(`${name} does not end with a version`);
    else if (key.length < minKeyBytes)
      problems.push(`${name} has ${key.length} bytes, and a key has at least ${minKeyBytes}`);
    else if (highest === undefined || Number(version) > highest.version) highest = { version: Number(version), key };
  }
  return { masker: highest && createMasker(highest.version, highest.key), problems };
}
