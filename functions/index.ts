/** Registers every stage with functions-framework. A process serves the one that FUNCTION_TARGET names. */
import * as framework from '@google-cloud/functions-framework';
import { type StageId, stageIds } from './core/wiring.ts';
import { createPushFunction } from './push-function.ts';

for (const id of stageIds) framework.http(id, lazily(id));

/** Only the served stage is put together: at once, so that the first message does not wait for it. */
function lazily(id: StageId): framework.HttpFunction {
  const create = () => createPushFunction(id, process.env);
  let handler = process.env['FUNCTION_TARGET'] === id ? create() : undefined;
  return async (request, response) => (await (handler ??= create()))(request, response);
}
