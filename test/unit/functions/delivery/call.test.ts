import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Request, Response } from '@google-cloud/functions-framework';
import { createCallHandler, type Work } from '../../../../functions/delivery/call.ts';
import { createLog } from '../../../../functions/log.ts';

const log = createLog('export', () => undefined, 'local-test');

/** What is answered. */
async function statusOf(handler: ReturnType<typeof createCallHandler>, method = 'POST'): Promise<number> {
  let answered = 0;
  const response = {
    status(code: number) {
      answered = code;
      return response;
    },
    set: () => response,
    type: () => response,
    send: () => response,
    end: () => response,
  };
  await handler({ method } as unknown as Request, response as unknown as Response);
  return answered;
}

const status = (work: Work, method?: string) => statusOf(createCallHandler(work, log), method);

describe('the answer to a call', () => {
  it('says whether the work is done, has to be gone on with, failed, or can never be right', async () => {
    assert.equal(await status(() => Promise.resolve('done')), 204);
    assert.equal(await status(() => Promise.resolve({ refused: 'no request' })), 400);
    assert.equal(await status(() => Promise.reject(new Error('no network'))), 500);
    assert.equal(await status(() => Promise.resolve('done'), 'GET'), 405);
  });

  it('has Cloud Tasks send an unfinished task again, and not slow its queue down', async () => {
    const answered = await status(() => Promise.resolve('unfinished'));
    assert.ok(answered >= 400 && answered < 500 && answered !== 429, String(answered));
  });

  it('is awaited before the instance stops, and refuses what comes later', async () => {
    const work = Promise.withResolvers<'unfinished'>();
    const handler = createCallHandler(() => work.promise, log);
    const first = statusOf(handler);
    const drained = handler.drain();
    assert.equal(await statusOf(handler), 503);
    work.resolve('unfinished');
    await drained;
    assert.equal(await first, 409);
  });
});
