import { createHash } from 'node:crypto';
import type { Request, Response } from '@google-cloud/functions-framework';
import express from 'express';
import type { Operations } from '../functions/clients/operations.ts';
import { type ExportAddress, exportAddress } from '../functions/core/batch/config.ts';
import { type ExportsCatalogue, findExport } from '../functions/core/batch/exports-catalogue.ts';
import { parseCompactInstant } from '../functions/core/batch/instant.ts';
import type { Operation } from '../functions/core/batch/operation.ts';
import { runStates } from '../functions/core/batch/run-status.ts';
import { OnrampError } from '../functions/core/errors.ts';
import type { Html } from '../functions/core/html.ts';
import { type Log, messageOfError } from '../functions/log.ts';
import { appliedText, didFields } from './applied.ts';
import { callerOf } from './caller.ts';
import { fieldsIn, pathParameter } from './fields.ts';
import { exportPage } from './pages/export.ts';
import { gridPage } from './pages/grid.ts';
import { page } from './pages/layout.ts';
import { previewPage } from './pages/preview.ts';
import { problemPage } from './pages/problem.ts';
import { runPage } from './pages/run.ts';
import { paths, patterns } from './paths.ts';
import { readAll, readHistory, readManifest, type StateParts } from './read-state.ts';
import { type Refresh, refreshOf } from './refresh.ts';
import { createRunCache } from './run-cache.ts';
import { isSameOrigin } from './same-origin.ts';
import { securityHeaders } from './security-headers.ts';
import { style } from './style.ts';
import { exportView } from './view/export.ts';
import { type GridFilter, gridView } from './view/grid.ts';
import type { KnownExport } from './view/history.ts';
import { backOf, type Fields, operationOf, operationView } from './view/operation.ts';
import { runView } from './view/run.ts';

export interface ConsoleParts extends StateParts {
  readonly catalogue: () => Promise<ExportsCatalogue>;
  readonly operations: Operations;
  readonly log: Pick<Log, 'info' | 'error'>;
}

/** Runs of an export that the grid shows, and that its own page does. */
const gridColumns = 20;
const listedRuns = 100;

/** A page that there is not, or not for such a request. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * The console as an HTTP function. Who may call it is decided before it, by IAM; whoever may sees everything and may do
 * everything here, in his own name.
 */
export function createConsole(parts: ConsoleParts): (request: Request, response: Response) => void {
  const router = express.Router({ caseSensitive: true, strict: true });
  const cache = createRunCache();
  const styleTag = `"${createHash('sha256').update(style).digest('hex').slice(0, 16)}"`;

  /** The person, who is known once the first handler let the request through. */
  const personOf = (request: Request) => callerOf(request.headers) ?? '';
  const send = (
    request: Request,
    response: Response,
    title: string,
    body: Html,
    { status = 200, refresh }: { status?: number; refresh?: Refresh | undefined } = {},
  ) => {
    const { text } = page({ title, person: personOf(request), now: parts.now(), body, refresh });
    if (refresh?.isStopped === false) response.set('refresh', `${refresh.seconds}; url=${refresh.again}`);
    response.status(status).type('html').send(text);
  };
  const known = async (request: Request): Promise<KnownExport> => {
    const address = exportAddress(pathParameter(request, 'service'), pathParameter(request, 'id'));
    return exportAt(await parts.catalogue(), address);
  };

  router.use((request, response, next) => {
    response.set(securityHeaders);
    if (callerOf(request.headers) === undefined) throw new Refusal(403, 'The request does not say who you are.');
    if (request.method === 'POST' && !isSameOrigin(request.headers)) {
      throw new Refusal(403, 'The form was not sent by a page of this console.');
    }
    next();
  });

  router.get(paths.style, (_request, response) => {
    response.set({ 'cache-control': 'private, max-age=300', etag: styleTag }).type('css').send(style);
  });

  router.get(paths.grid, async (request, response) => {
    const catalogue = await parts.catalogue();
    const { histories, stuck } = await readAll(catalogue, gridColumns, parts, cache);
    const history = ({ config }: KnownExport) => histories.get(config.address) ?? { schedule: {}, runs: [] };
    const query = fieldsIn(request.query);
    const options = { columns: gridColumns, filter: filterOf(query), now: parts.now() };
    const view = gridView(catalogue, history, stuck, options);
    const shown = view.services.flatMap(({ rows }) => rows.flatMap(({ runs }) => runs));
    const refresh = refreshOf(request.path, query, shown);
    send(request, response, 'Exports', gridPage(view, refresh), { refresh });
  });

  router.get(patterns.export, async (request, response) => {
    const query = fieldsIn(request.query);
    const before = parseCompactInstant(query['before'] ?? '');
    const one = await known(request);
    const history = await readHistory(one, listedRuns, before, parts);
    const pools = poolsOf(await parts.catalogue());
    const view = exportView(one, history, pools, { limit: listedRuns, before, now: parts.now() });
    const refresh = refreshOf(
      request.path,
      query,
      view.runs.map(({ run }) => run),
    );
    send(request, response, one.config.address, exportPage(view, appliedText(query), refresh), { refresh });
  });

  router.get(patterns.run, async (request, response) => {
    const one = await known(request);
    const { address } = one.config;
    const start = parseCompactInstant(pathParameter(request, 'start'));
    const run = start === undefined ? undefined : await parts.runs.read(address, start);
    if (run === undefined) throw new Refusal(404, `${address} has no run of that interval.`);
    const [history, manifest, catalogue] = await Promise.all([
      readHistory(one, 2, run.interval.start, parts),
      readManifest(run, parts),
      parts.catalogue(),
    ]);
    const view = runView(one, run, history, poolsOf(catalogue), manifest, parts.now());
    const query = fieldsIn(request.query);
    const refresh = refreshOf(request.path, query, [run]);
    send(request, response, `${address} ${run.interval.start}`, runPage(view, appliedText(query)), { refresh });
  });

  const preview = async (request: Request, response: Response, operation: Operation, outdated = false) => {
    const view = operationView(operation, await parts.operations.preview(operation));
    send(request, response, view.title, previewPage(view, outdated), { status: outdated ? 409 : 200 });
  };

  router.get(paths.preview, async (request, response) => {
    await preview(request, response, operationIn(fieldsIn(request.query)));
  });

  router.post(paths.apply, async (request, response) => {
    const fields = fieldsIn(request.body);
    const operation = operationIn(fields);
    try {
      const applied = await parts.operations.apply(operation, fields['seen'] ?? '', personOf(request));
      parts.log.info('a person did an operation', {
        operation: operation.type,
        export: operation.export,
        person: personOf(request),
        changed: applied.changed.length,
      });
      if (applied.changed.length > 0 && !applied.told) {
        parts.log.error('an operation could not be told of', { operation: operation.type, export: operation.export });
      }
      response.redirect(303, `${backOf(operation)}?${new URLSearchParams(didFields(operation, applied)).toString()}`);
    } catch (error) {
      if (!(error instanceof OnrampError) || error.code !== 'OPERATION_OUTDATED') throw error;
      await preview(request, response, operation, true);
    }
  });

  return (request, response) => {
    const fail = (error: unknown) => {
      const { status, message } = refusalOf(error);
      if (status === 500) parts.log.error('the console failed', { error: messageOfError(error) });
      if (!response.headersSent) send(request, response, 'Onramp', problemPage(message), { status });
    };
    router(request, response, (error: unknown) => fail(error ?? new Refusal(404, 'There is no such page.')));
  };
}

function exportAt(catalogue: ExportsCatalogue, address: ExportAddress): KnownExport {
  const found = findExport(catalogue, address);
  if (found === undefined) throw new Refusal(404, `There is no export ${address}.`);
  return found;
}

const poolsOf = ({ pools }: ExportsCatalogue) => new Set(pools.map(({ id }) => id));

function operationIn(fields: Fields): Operation {
  const operation = operationOf(fields);
  if (operation === undefined) throw new Refusal(400, 'The form does not say what to do: a time or a run is missing.');
  return operation;
}

function filterOf(fields: Fields): GridFilter {
  const state = [...runStates, 'late' as const].find(each => each === fields['state']);
  return { text: (fields['q'] ?? '').slice(0, 200), ...(state !== undefined && { state }) };
}

/** What a person is told of an error, and nothing else of it. */
function refusalOf(error: unknown): { readonly status: number; readonly message: string } {
  if (error instanceof Refusal) return error;
  if (error instanceof OnrampError && (error.code === 'EXPORT_UNKNOWN' || error.code === 'RUN_UNKNOWN')) {
    return { status: 404, message: error.detail };
  }
  return { status: 500, message: 'The console failed. Its log says why.' };
}
