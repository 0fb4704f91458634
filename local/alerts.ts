import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type Html, html } from '../functions/core/html.ts';

/** What would have gone to Slack or PagerDuty. */
interface CaughtAlert {
  readonly at: string;
  readonly to: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Catches what the function `alert` sends, in a file of the folder and on a page: nobody is woken by a laptop. */
export interface Alerts {
  /** Answers a request below `/alerts`; false for any other. */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
}

/** Longer bodies are none of ours. */
const maxBytes = 1024 * 1024;

const receivers: Readonly<Record<string, string>> = { '/alerts/slack': 'Slack', '/alerts/pagerduty': 'PagerDuty' };

export function createAlerts(folder: string, now: () => Date): Alerts {
  const file = join(folder, 'alerts.jsonl');
  const caught = (): CaughtAlert[] =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter(line => line !== '')
          .map(line => JSON.parse(line) as CaughtAlert)
      : [];

  const take = async (to: string, request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) break;
      chunks.push(chunk);
    }
    try {
      const { routing_key: _secret, ...body } = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
      appendFileSync(file, `${JSON.stringify({ at: now().toISOString(), to, body })}\n`, { mode: 0o600 });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');
    } catch {
      response.writeHead(400).end();
    }
  };

  return {
    handle(request, response) {
      const path = request.url ?? '';
      const to = receivers[path];
      if (request.method === 'POST' && to !== undefined) void take(to, request, response);
      else if (request.method === 'GET' && path === '/alerts') {
        const policy = "default-src 'none'; style-src 'unsafe-inline'";
        const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy };
        response.writeHead(200, headers).end(page(caught()).text);
      } else return false;
      return true;
    },
  };
}

const page = (caught: readonly CaughtAlert[]): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Alerts · Onramp</title>
<style>
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; }
li { margin-bottom: 1rem; }
pre { white-space: pre-wrap; margin: .2rem 0; font-size: 13px; }
small { opacity: .7; }
</style>
</head>
<body>
<h1>Alerts</h1>
<p>What Slack and PagerDuty would have been sent; nothing leaves this machine. The newest first.</p>
${
  caught.length === 0
    ? html`<p>None yet.</p>`
    : html`<ol reversed>${caught
        .toReversed()
        .map(
          ({ at, to, body }) =>
            html`<li><strong>${to}</strong> <small>${at}</small><pre>${JSON.stringify(body, undefined, 2)}</pre></li>`,
        )}</ol>`
}
</body>
</html>`;
