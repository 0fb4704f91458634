interface Headers {
  get(name: string): string | undefined;
}

/**
 * The id of the trace that a request belongs to: 32 hexadecimal digits, from the W3C's header or from Google's older one.
 * See https://cloud.google.com/trace/docs/trace-context
 */
export function traceIdOf(request: Headers): string | undefined {
  const [, id] =
    /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(request.get('traceparent') ?? '') ??
    /^([0-9a-f]{32})(?:\/|$)/.exec(request.get('x-cloud-trace-context') ?? '') ??
    [];
  return id;
}
