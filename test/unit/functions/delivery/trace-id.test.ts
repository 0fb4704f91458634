import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { traceIdOf } from '../../../../functions/delivery/trace-id.ts';

const id = '06796866738c859f2f19b7cfb3214824';
const of = (headers: Record<string, string>) => traceIdOf({ get: name => headers[name] });

describe('the trace of a request', () => {
  it('is that of the W3C’s header, or else of Google’s', () => {
    assert.equal(of({ traceparent: `00-${id}-00f067aa0ba902b7-01` }), id);
    assert.equal(of({ 'x-cloud-trace-context': `${id}/1;o=1` }), id);
    assert.equal(of({ 'x-cloud-trace-context': id }), id);
    assert.equal(of({ traceparent: 'nonsense', 'x-cloud-trace-context': `${id}/1` }), id);
  });

  it('is none without a header that is well-formed', () => {
    assert.equal(of({}), undefined);
    assert.equal(of({ 'x-cloud-trace-context': '{"card":"secret"}' }), undefined);
  });
});
