import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAdmission, isAmong } from '../../../../local/functions/invocation.ts';
import { createTokenSigner } from '../../../../local/iam/tokens.ts';

const audience = 'http://127.0.0.1:8410';
const email = 'onramp-push@acme.iam.gserviceaccount.com';

describe('the front end of a function', () => {
  const start = Date.now();
  const setUp = (invokers: readonly string[] = [email]) => {
    const clock = { now: start };
    const signer = createTokenSigner(() => clock.now);
    const holders = new Set(invokers);
    const admit = createAdmission(
      { audience, keys: signer.jwks },
      caller => isAmong(holders, caller),
      () => clock.now,
    );
    const bearer = (claims: Partial<{ email: string; audience: string }> = {}, by = signer) =>
      admit({ authorization: `Bearer ${by.sign({ email, audience, ...claims })}` });
    return { clock, signer, holders, admit, bearer };
  };

  it('lets an invoker in who proves who it is', () => {
    assert.equal(setUp().bearer(), undefined);
    assert.equal(setUp(['@acme.iam.gserviceaccount.com']).bearer(), undefined);
  });

  it('answers 403 to a request without a token, as Cloud Run does', () => {
    assert.deepEqual(setUp().admit({}), { status: 403 });
  });

  it('answers 401 to a token for another audience, of another signer, or that is none', () => {
    const { admit, bearer } = setUp();
    assert.deepEqual(bearer({ audience: 'http://127.0.0.1:8411' }), { status: 401 });
    assert.deepEqual(bearer({}, createTokenSigner()), { status: 401 });
    for (const authorization of ['', 'Bearer', 'Bearer x.y.z', 'Basic eDp5']) {
      assert.deepEqual(admit({ authorization }), { status: 401 }, authorization);
    }
  });

  it('answers 403 to somebody who is known and no invoker', () => {
    const other = 'hub-to-warehouse@acme.iam.gserviceaccount.com';
    assert.deepEqual(setUp().bearer({ email: other }), { status: 403, email: other });
  });

  it('lets nobody in with a token that has expired, though it let them in before', () => {
    const { clock, signer, admit } = setUp();
    const headers = { authorization: `Bearer ${signer.sign({ email, audience })}` };
    assert.equal(admit(headers), undefined);
    clock.now += 59 * 60_000;
    assert.equal(admit(headers), undefined);
    clock.now += 60_000;
    assert.deepEqual(admit(headers), { status: 401 });
  });

  it('turns an invoker away as soon as it is none any more', () => {
    const { signer, holders, admit } = setUp();
    const headers = { authorization: `Bearer ${signer.sign({ email, audience })}` };
    assert.equal(admit(headers), undefined);
    holders.clear();
    assert.deepEqual(admit(headers), { status: 403, email });
  });
});
