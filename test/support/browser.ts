import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** Why there is no browser to test with; undefined when there is one. */
export const noBrowser = executablePath === undefined ? 'Chromium is not installed' : undefined;

export interface BrowserUnderTest {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the browser complained about: errors of scripts, of the page’s policy, and answers that are errors. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** A headless Chromium with a profile of its own. */
export async function startBrowser(): Promise<BrowserUnderTest> {
  const profile = mkdtempSync(join(tmpdir(), 'onramp-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    ...(executablePath !== undefined && { executablePath }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
    viewport: { width: 1280, height: 800 },
  });
  const complaints: string[] = [];
  const page = context.pages()[0] ?? (await context.newPage());
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', error => void complaints.push(error.message));
  return {
    context,
    page,
    complaints,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
