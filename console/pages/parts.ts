import type { Schedule } from '../../functions/core/batch/config.ts';
import type { Instant } from '../../functions/core/batch/instant.ts';
import type { ChangeState } from '../../functions/core/batch/operation.ts';
import type { RunStatus } from '../../functions/core/batch/run-status.ts';
import { type Html, html, type Part } from '../../functions/core/html.ts';
import { timeText } from '../view/words.ts';

/** A state as a word with its colour. */
export const stateText = (state: ChangeState): Html => html`<span class="state s-${state}">${state}</span>`;

/** A moment, which a reader of the page by machine finds too. */
export const time = (instant: Instant): Html => html`<time datetime="${instant}">${timeText(instant)}</time>`;

export function scheduleText({ cron, timezone }: Pick<Schedule, 'cron' | 'timezone'>): string {
  if (cron === 'none') return 'by hand';
  return timezone === 'UTC' ? cron : `${cron} ${timezone}`;
}

/** Whether a run keeps its time; nothing when there is nothing to say. */
export function slaBadge({ slaMissed, slaAtRisk, state }: RunStatus): Html | undefined {
  if (slaMissed) return html`<span class="badge bad">late</span>`;
  return slaAtRisk && state !== 'done' ? html`<span class="badge risk">at risk</span>` : undefined;
}

export const pausedBadge = html`<span class="badge">paused</span>`;

/** Terms with what is known of them; those without a value are left out. */
export const facts = (entries: readonly (readonly [term: string, value: Part])[]): Html =>
  html`<dl>${entries
    .filter(([, value]) => !isNothing(value))
    .map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>`)}</dl>`;

const isNothing = (value: Part): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === false ||
  (Array.isArray(value) && value.every(isNothing));

/** A table that scrolls in its own frame, which the keyboard reaches; a heading with # in front is of numbers. */
export const table = (label: string, headings: readonly string[], rows: readonly Part[]): Html =>
  html`<div class="panel scroll" tabindex="0" role="region" aria-label="${label}"><table>
<thead><tr>${headings.map(heading =>
    heading.startsWith('#')
      ? html`<th scope="col" class="number">${heading.slice(1)}</th>`
      : html`<th scope="col">${heading}</th>`,
  )}</tr></thead>
<tbody>${rows}</tbody></table></div>`;

/** Something to be known first. */
export const notice = (text: Part, bad = false): Html =>
  html`<div class="notice${bad && ' bad'}" role="status">${text}</div>`;
