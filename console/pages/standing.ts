import { type Html, html } from '../../functions/core/html.ts';
import type { Standing } from '../view/standing.ts';
import { withTimes } from '../view/words.ts';
import { stateText, time } from './parts.ts';

/** How an export stands, in a line. */
export function standingText(standing: Standing): Html {
  switch (standing.kind) {
    case 'paused':
      return html`<span class="soft">no run is started</span>`;
    case 'open': {
      const others = standing.open > 1 && html` <span class="soft">and ${standing.open - 1} after it</span>`;
      const reason = standing.reason !== undefined && html` <span class="soft">${withTimes(standing.reason)}</span>`;
      return html`${stateText(standing.state)}${others}${reason}`;
    }
    case 'ended-badly':
      return html`${stateText(standing.state)} <span class="soft">since ${time(standing.since)}</span>`;
    case 'not-planned':
      return html`<span class="soft">${withTimes(standing.reason)}</span>`;
    case 'idle':
      return standing.next === undefined
        ? html`<span class="soft">in order</span>`
        : html`<span class="soft">next at ${time(standing.next)}</span>`;
  }
}
