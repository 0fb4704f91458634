import {
  createPublicKey,
  createSign,
  createVerify,
  generateKeyPairSync,
  type JsonWebKey,
  randomUUID,
} from 'node:crypto';

/** What Google's identity tokens name as their issuer. */
const issuer = 'https://accounts.google.com';
const lifetimeSeconds = 3600;

interface Header {
  readonly alg: string;
  readonly kid: string;
}

interface Claims {
  readonly iss: string;
  readonly aud: string;
  readonly email: string;
  readonly email_verified: boolean;
  readonly exp: number;
}

/** Public keys as a JSON Web Key Set. */
export interface KeySet {
  readonly keys: readonly JsonWebKey[];
}

/** Who calls, and until when the token says so, in milliseconds since 1970. */
export interface Identity {
  readonly email: string;
  readonly expires: number;
}

/** Throws an Error that says what is wrong with a token that is not ours, not for that audience or no longer valid. */
export type VerifyToken = (token: string, expected: { audience: string }) => Identity;

/**
 * Signs and checks the OpenID Connect tokens of this run of the local cloud (RS256), in the shape of Google's:
 * https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
 */
export interface TokenSigner {
  /** A token that says `email` calls `audience`, valid for an hour. */
  readonly sign: (claims: { email: string; audience: string }) => string;
  readonly verify: VerifyToken;
  /** The public key, for checkers of their own. */
  readonly jwks: KeySet;
}

/** Makes a signer with a new key. `now` gives milliseconds since 1970. */
export function createTokenSigner(now: () => number = Date.now): TokenSigner {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = randomUUID();
  const jwks = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }] };
  return {
    sign({ email, audience }) {
      const issued = Math.floor(now() / 1000);
      const payload = { iss: issuer, aud: audience, sub: email, azp: email, email, email_verified: true };
      const head = part({ alg: 'RS256', kid, typ: 'JWT' } satisfies Header & { typ: string });
      const signed = `${head}.${part({ ...payload, iat: issued, exp: issued + lifetimeSeconds })}`;
      return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`;
    },
    verify: createTokenVerifier(jwks, now),
    jwks,
  };
}

/** Makes a checker of the tokens that were signed with one of these keys. */
export function createTokenVerifier({ keys }: KeySet, now: () => number = Date.now): VerifyToken {
  const publicKeys = new Map(keys.map(key => [key['kid'], createPublicKey({ key, format: 'jwk' })]));
  return (token, { audience }) => {
    const [head, body, signature, ...rest] = token.split('.');
    if (head === undefined || body === undefined || signature === undefined || rest.length > 0) {
      throw new Error('the token is not a signed JSON Web Token');
    }
    const header = unpart<Header>(head);
    const key = publicKeys.get(header.kid);
    if (header.alg !== 'RS256' || key === undefined) throw new Error('the token is signed with an unknown key');
    if (!createVerify('RSA-SHA256').update(`${head}.${body}`).verify(key, signature, 'base64url')) {
      throw new Error('the token’s signature is wrong');
    }
    const claims = unpart<Claims>(body);
    if (claims.iss !== issuer) throw new Error(`the token’s issuer is ${claims.iss}, not ${issuer}`);
    if (claims.aud !== audience) throw new Error(`the token’s audience is ${claims.aud}, not ${audience}`);
    const expires = (claims.exp ?? 0) * 1000;
    if (expires <= now()) throw new Error('the token has expired');
    return { email: claims.email ?? '', expires };
  };
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

function unpart<Value extends object>(text: string): Partial<Value> {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString()) as Partial<Value>;
  } catch (cause) {
    throw new Error('the token is not a signed JSON Web Token', { cause });
  }
}
