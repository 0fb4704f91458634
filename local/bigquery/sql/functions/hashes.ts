import { type FunctionImplementation, type FunctionTable, notSupported, overloads } from './call.ts';

/** DuckDB's hash functions answer in hexadecimal. */
const hash = (name: string): FunctionImplementation =>
  overloads(
    { args: 'STRING', returns: 'BYTES', sql: ([s = '']) => `unhex(${name}(${s}))` },
    { args: 'BYTES', returns: 'BYTES', sql: ([b = '']) => `unhex(${name}(${b}))` },
  );

const noOther = notSupported('use MD5, SHA1 or SHA256');

export const hashFunctions: FunctionTable = {
  MD5: hash('md5'),
  SHA1: hash('sha1'),
  SHA256: hash('sha256'),
  SHA512: noOther,
  FARM_FINGERPRINT: noOther,
};
