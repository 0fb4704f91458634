import type { Caller } from '../../stand-in.ts';

/** A call of the REST API, taken apart. */
export interface Call {
  readonly caller: Caller;
  /** The parts of the path that a route names, decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The request's JSON; an empty object when there is none. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly bodyBytes: number;
  readonly ifMatch: string | undefined;
}

export type Handler = (call: Call) => Promise<object | undefined> | object | undefined;

export interface Route {
  readonly method: string;
  /** Segments; one in braces matches anything. */
  readonly pattern: readonly string[];
  readonly handler: Handler;
}

/** `route('GET', 'projects/{project}/datasets', ...)` */
export const route = (method: string, pattern: string, handler: Handler): Route => ({
  method,
  pattern: pattern.split('/'),
  handler,
});

/** The route of a request and the named parts of its path; undefined when there is none. */
export function findRoute(
  routes: readonly Route[],
  method: string,
  segments: readonly string[],
): { readonly route: Route; readonly path: Record<string, string> } | undefined {
  for (const candidate of routes) {
    const path = candidate.method === method ? match(candidate.pattern, segments) : undefined;
    if (path) return { route: candidate, path };
  }
  return undefined;
}

function match(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const path: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith('{')) path[part.slice(1, -1)] = decodeURIComponent(segment);
    else if (part !== segment) return undefined;
  }
  return path;
}
