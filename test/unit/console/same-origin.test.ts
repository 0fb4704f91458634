import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSameOrigin } from '../../../console/same-origin.ts';

describe('a form', () => {
  it('is of the console when the browser says so, whatever host a proxy put in', () => {
    const headers = { 'sec-fetch-site': 'same-origin', origin: 'http://127.0.0.1:8080', host: 'console-x.a.run.app' };
    assert.equal(isSameOrigin(headers), true);
  });

  it('is not of the console when it comes from another site, another port, or from nowhere', () => {
    for (const site of ['cross-site', 'same-site', 'none']) {
      assert.equal(
        isSameOrigin({ 'sec-fetch-site': site, origin: 'https://a.example', host: 'a.example' }),
        false,
        site,
      );
    }
    assert.equal(isSameOrigin({ host: 'a.example' }), false);
  });

  it('is judged by its origin in a browser that does not say', () => {
    assert.equal(isSameOrigin({ origin: 'https://a.example', host: 'a.example' }), true);
    assert.equal(isSameOrigin({ origin: 'https://a.example:444', host: 'a.example' }), false);
    assert.equal(isSameOrigin({ origin: 'null', host: 'a.example' }), false);
  });
});
