import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { callerOf } from '../../../console/caller.ts';
import { tokenOf } from '../../support/console-token.ts';

const bearer = (email: string) => `Bearer ${tokenOf(email)}`;
const proxy = 'service-123456789@gcp-sa-iap.iam.gserviceaccount.com';

describe('the caller', () => {
  it('is whom the token names', () => {
    assert.equal(callerOf({ authorization: bearer('aiko@example.com') }), 'aiko@example.com');
  });

  it('is whom the token names that Cloud Run has looked at, when there are two', () => {
    const headers = {
      authorization: bearer('somebody-else@example.com'),
      'x-serverless-authorization': bearer('aiko@example.com'),
    };
    assert.equal(callerOf(headers), 'aiko@example.com');
  });

  it('is whom the Identity-Aware Proxy names', () => {
    const headers = {
      'x-serverless-authorization': bearer(proxy),
      'x-goog-authenticated-user-email': 'accounts.google.com:aiko@example.com',
    };
    assert.equal(callerOf(headers), 'aiko@example.com');
  });

  it('is not whom a header names that did not come from the proxy', () => {
    const headers = {
      authorization: bearer('aiko@example.com'),
      'x-goog-authenticated-user-email': 'accounts.google.com:boss@example.com',
    };
    assert.equal(callerOf(headers), 'aiko@example.com');
    assert.equal(callerOf({ 'x-goog-authenticated-user-email': 'accounts.google.com:boss@example.com' }), undefined);
  });

  it('is nobody without a token, without an address in it, or with the proxy’s alone', () => {
    for (const authorization of ['', 'Bearer', 'Bearer x', 'Bearer a.b.c', bearer(''), `Basic ${tokenOf('a@b.c')}`]) {
      assert.equal(callerOf({ authorization }), undefined, authorization);
    }
    assert.equal(callerOf({}), undefined);
    assert.equal(callerOf({ authorization: bearer(proxy) }), undefined);
  });
});
