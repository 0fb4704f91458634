import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LocalTime } from './local-time.ts';

/** What `GET /clock` answers. */
export interface ClockReading {
  /** RFC 3339, UTC. */
  readonly now: string;
  /** Whether it can be put forward. */
  readonly driven: boolean;
}

/** What `POST /clock` takes: a moment, or from now on so many milliseconds. */
export type ClockOrder = { readonly to: string } | { readonly millis: number };

/** A line of what `POST /clock` answers: each moment that was reached; in the end that it is done, or why not. */
export type ClockStep = { readonly now: string } & ({ readonly done?: true } | { readonly error: string });

const maxBytes = 1024;

/** Answers requests for `/clock`; false for any other. Without `time`, the time is the real one. */
export function handleClock(time: LocalTime | undefined, request: IncomingMessage, response: ServerResponse): boolean {
  if (request.url !== '/clock') return false;
  if (request.method === 'GET') {
    const now = time?.now() ?? new Date();
    answer(response, 200, { now: now.toISOString(), driven: time !== undefined } satisfies ClockReading);
  } else if (request.method !== 'POST') {
    answer(response, 405, { error: 'GET or POST' });
  } else if (time === undefined) {
    answer(response, 409, { error: 'the time is the real one' });
  } else {
    void putForward(time, request, response);
  }
  return true;
}

async function putForward(time: LocalTime, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const to = await momentOf(time, request);
  if (to === undefined) {
    answer(response, 400, { error: 'the body is {"to": "<RFC 3339>"} or {"millis": <number>}' });
    return;
  }
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('whoever asked for it has gone')));
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  const tell = (step: ClockStep) => response.write(`${JSON.stringify(step)}\n`);
  try {
    await time.advanceTo(to, { signal: gone.signal, onStep: now => tell({ now: now.toISOString() }) });
    tell({ now: time.now().toISOString(), done: true });
  } catch (error) {
    tell({ now: time.now().toISOString(), error: error instanceof Error ? error.message : String(error) });
  }
  response.end();
}

async function momentOf(time: LocalTime, request: IncomingMessage): Promise<Date | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) return undefined;
    chunks.push(chunk);
  }
  try {
    const order = JSON.parse(Buffer.concat(chunks).toString()) as Partial<{ to: string; millis: number }>;
    const moment = new Date(order.to ?? time.now().getTime() + Number(order.millis));
    return Number.isNaN(moment.getTime()) ? undefined : moment;
  } catch {
    return undefined;
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
