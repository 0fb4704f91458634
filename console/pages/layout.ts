import { type Html, html, type Part } from '../../functions/core/html.ts';
import { paths } from '../paths.ts';
import type { Refresh } from '../refresh.ts';
import { timeText } from '../view/words.ts';

export interface PageOptions {
  readonly title: string;
  /** Who looks at it, and will be named in what is done. */
  readonly person: string;
  readonly now: Date;
  readonly body: Part;
  /** Absent when nothing on it moves. */
  readonly refresh: Refresh | undefined;
}

/** A whole page. */
export const page = ({ title, person, now, body, refresh }: PageOptions): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Onramp</title>
<link rel="stylesheet" href="${paths.style}">
<link rel="icon" href="data:,">
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header><a class="home" href="${paths.grid}">Onramp</a>
<span class="person">${person}</span><span class="now">${timeText(now.toISOString())}${refresh && refreshText(refresh)}</span></header>
<main id="main" tabindex="-1">${body}</main>
</body>
</html>`;

/** Whoever reads the page, or works with it by the keyboard, has to be able to keep it still. */
const refreshText = ({ seconds, isStopped, again, still }: Refresh): Html =>
  isStopped
    ? html` <a href="${again}">Refresh by itself</a>`
    : html`, refreshed every ${seconds} s <a href="${still}">Stop</a>`;
