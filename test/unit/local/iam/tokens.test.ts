import assert from 'node:assert/strict';
import { createPublicKey, createVerify, type JsonWebKey } from 'node:crypto';
import { describe, it } from 'node:test';
import { createTokenSigner } from '../../../../local/iam/tokens.ts';

const claims = { email: 'push@project.iam.gserviceaccount.com', audience: 'https://stage.example.com/' };
const { audience } = claims;

describe('a token', () => {
  it('tells its checker who calls', () => {
    const signer = createTokenSigner();
    assert.equal(signer.verify(signer.sign(claims), { audience }).email, claims.email);
  });

  it('has the claims of Google’s', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    const [, body] = createTokenSigner(() => now)
      .sign(claims)
      .split('.') as [string, string];
    assert.deepEqual(JSON.parse(Buffer.from(body, 'base64url').toString()), {
      iss: 'https://accounts.google.com',
      aud: audience,
      sub: claims.email,
      azp: claims.email,
      email: claims.email,
      email_verified: true,
      iat: now / 1000,
      exp: now / 1000 + 3600,
    });
  });

  it('can be checked with the published key alone', () => {
    const signer = createTokenSigner();
    const [head, body, signature] = signer.sign(claims).split('.') as [string, string, string];
    const key = createPublicKey({ key: signer.jwks.keys[0] as JsonWebKey, format: 'jwk' });
    assert.ok(createVerify('RSA-SHA256').update(`${head}.${body}`).verify(key, signature, 'base64url'));
  });

  it('is worth nothing elsewhere, later, changed, or from another signer', () => {
    let now = Date.now();
    const signer = createTokenSigner(() => now);
    const token = signer.sign(claims);
    const [head, , signature] = token.split('.') as [string, string, string];
    const forged = Buffer.from(JSON.stringify({ ...claims, aud: audience, exp: 9e9 })).toString('base64url');
    assert.throws(() => signer.verify(token, { audience: 'https://other.example.com/' }), /audience/);
    assert.throws(() => signer.verify(`${head}.${forged}.${signature}`, { audience }), /signature/);
    assert.throws(() => signer.verify(createTokenSigner().sign(claims), { audience }), /unknown key/);
    for (const nonsense of ['', 'a.b', 'a.b.c', `${token}.x`]) {
      assert.throws(() => signer.verify(nonsense, { audience }), /not a signed JSON Web Token/);
    }
    now += 3600 * 1000;
    assert.throws(() => signer.verify(token, { audience }), /expired/);
  });
});
