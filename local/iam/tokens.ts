import { createSign, createVerify, generateKeyPairSync, type JsonWebKey, randomUUID } from 'node:crypto';

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

/**
 * Signs and checks the OpenID Connect tokens of this run of the local cloud (RS256), in the shape of Google's:
 * https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
 */
export interface TokenSigner {
  /** A token that says `email` calls `audience`, valid for an hour. */
  readonly sign: (claims: { email: string; audience: string }) => string;
  /** Answers with the caller. Throws an Error that says what is wrong with a token that is not ours, not for that audience or no longer valid. */
  readonly verify: (token: string, expected: { audience: string }) => { email: string };
  /** The public key as a JSON Web Key Set, for checkers of their own. */
  readonly jwks: { readonly keys: readonly JsonWebKey[] };
}

/** Makes a signer with a new key. `now` gives milliseconds since 1970. */
export function createTokenSigner(now: () => number = Date.now): TokenSigner {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = randomUUID();
  const seconds = () => Math.floor(now() / 1000);
  return {
    sign({ email, audience }) {
      const issued = seconds();
      const payload = { iss: issuer, aud: audience, sub: email, azp: email, email, email_verified: true };
      const head = part({ alg: 'RS256', kid, typ: 'JWT' } satisfies Header & { typ: string });
      const signed = `${head}.${part({ ...payload, iat: issued, exp: issued + lifetimeSeconds })}`;
      return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`;
    },
    verify(token, { audience }) {
      const [head, body, signature, ...rest] = token.split('.');
      if (head === undefined || body === undefined || signature === undefined || rest.length > 0) {
        throw new Error('the token is not a signed JSON Web Token');
      }
      const header = unpart<Header>(head);
      if (header.alg !== 'RS256' || header.kid !== kid) throw new Error('the token is signed with an unknown key');
      if (!createVerify('RSA-SHA256').update(`${head}.${body}`).verify(publicKey, signature, 'base64url')) {
        throw new Error('the token’s signature is wrong');
      }
      const claims = unpart<Claims>(body);
      if (claims.iss !== issuer) throw new Error(`the token’s issuer is ${claims.iss}, not ${issuer}`);
      if (claims.aud !== audience) throw new Error(`the token’s audience is ${claims.aud}, not ${audience}`);
      if ((claims.exp ?? 0) <= seconds()) throw new Error('the token has expired');
      return { email: claims.email ?? '' };
    },
    jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }] },
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
