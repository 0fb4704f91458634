/** Registers every function with functions-framework. A process serves the one that FUNCTION_TARGET names. */
import './no-domains.ts';
import * as framework from '@google-cloud/functions-framework';
import { batchStageIds, calledIds, consoleId } from './core/batch/batch-wiring.ts';
import { stageIds } from './core/wiring.ts';

for (const id of stageIds) {
  register(id, async () => (await import('./push-function.ts')).createPushFunction(id, process.env));
}
for (const id of batchStageIds) {
  register(id, async () => (await import('./batch-function.ts')).createBatchStage(id, process.env));
}
for (const id of calledIds) {
  register(id, async () => (await import('./batch-function.ts')).createCalledFunction(id, process.env));
}
register(consoleId, async () => (await import('./batch-function.ts')).createConsoleFunction(process.env));

/** Only the served function is put together: at once, so that the first request does not wait for it. */
function register(id: string, create: () => Promise<framework.HttpFunction>): void {
  let handler = process.env['FUNCTION_TARGET'] === id ? create() : undefined;
  framework.http(id, async (request, response) => {
    const serve = await (handler ??= create());
    await serve(request, response);
  });
}
