import { type RunState, type RunStatus, runStates } from '../../functions/core/batch/run-status.ts';
import { type Html, html } from '../../functions/core/html.ts';
import { paths } from '../paths.ts';
import type { Refresh } from '../refresh.ts';
import type { GridFilter, GridRow, GridService, GridView, PoolLoad } from '../view/grid.ts';
import { timeText } from '../view/words.ts';
import { pausedBadge, scheduleText, slaBadge, table, time } from './parts.ts';
import { standingText } from './standing.ts';

/** All exports, each with its latest runs, coloured by state; the newest at the right. */
export function gridPage(view: GridView, refresh: Refresh | undefined): Html {
  const { services, pools, exports } = view;
  if (exports === 0) {
    return html`<h1>Exports</h1><p>No service has an export yet: add <code>services/&lt;service&gt;/schedule.yaml</code>
    and <code>services/&lt;service&gt;/exports/&lt;export&gt;.yaml</code>.</p>`;
  }
  return html`<div class="title"><h1>Exports</h1>${refresh?.isStopped === false ? html`<a class="chip" href="${refresh.still}#find">Find</a>` : search(view.filter)}</div>
${stateFilters(view)}
${
  services.length === 0
    ? html`<p class="panel">No export is like that. <a href="${paths.grid}">Show all ${exports}</a></p>`
    : html`<div class="panel scroll" tabindex="0" role="region" aria-label="Exports"><table class="grid">
<thead><tr><th scope="col">Export</th><th scope="col" class="wide">Schedule</th><th scope="col">Now</th><th scope="col" class="runs">Latest runs</th></tr></thead>
${services.map(serviceRows)}</table></div>`
}
${pools.length > 0 && html`<h2>Pools</h2>${table('Pools', ['Pool', 'Slots', '#In use', '#Waiting', ''], pools.map(poolRow))}`}`;
}

const search = ({
  text,
  state,
}: GridFilter): Html => html`<form class="search" action="${paths.grid}" method="get" role="search">
${state !== undefined && html`<input type="hidden" name="state" value="${state}">`}
<input type="search" id="find" name="q" value="${text}" placeholder="service or export" aria-label="Part of a service’s or export’s name">
<button>Find</button></form>`;

/** The states with how many of the runs below are in them: a legend, and links that show these exports only. */
function stateFilters({ filter, counts }: GridView): Html {
  const chip = (state: RunState | 'late' | undefined, label: Html): Html => {
    const query = new URLSearchParams({ ...(filter.text && { q: filter.text }), ...(state && { state }) }).toString();
    const current = filter.state === state;
    return html`<a class="chip" href="${paths.grid}${query !== '' && `?${query}`}"${current && html` aria-current="true"`}>${label}</a>`;
  };
  return html`<nav class="chips" aria-label="Show by state">${chip(undefined, html`all`)}
${runStates
  .filter(state => counts[state] > 0 || filter.state === state)
  .map(state => chip(state, html`<span class="state s-${state}">${state}</span> <b>${counts[state]}</b>`))}
${(counts.late > 0 || filter.state === 'late') && chip('late', html`<span class="state s-late">late or at risk</span> <b>${counts.late}</b>`)}</nav>`;
}

const serviceRows = ({ id, owner, rows }: GridService): Html => html`<tbody>
<tr class="group"><th scope="rowgroup" colspan="4">${id} <span class="soft">${owner}</span></th></tr>
${rows.map(rowOf)}</tbody>`;

function rowOf({ config, paused, standing, runs }: GridRow): Html {
  const failed = runs.filter(({ state }) => state === 'failed').length;
  const badges = [
    standing.kind !== 'ended-badly' && failed > 0 && html`<span class="badge bad">${failed} failed</span>`,
    runs[0] && slaBadge(runs[0]),
  ].filter(badge => badge !== false && badge !== undefined);
  return html`<tr>
<th scope="row"><a href="${paths.export(config.address)}">${config.id}</a>${paused && html` ${pausedBadge}`}</th>
<td class="soft wide">${scheduleText(config.schedule)}</td>
<td class="standing">${standingText(standing)}${badges.map(badge => html` ${badge}`)}</td>
<td><div class="cells">${runs.map((run, index) => cellOf(config.address, run, index === 0)).toReversed()}</div></td></tr>`;
}

/** One run. The keyboard stops at the newest only: the others are in the list of the export’s own page. */
function cellOf(address: GridRow['config']['address'], run: RunStatus, isNewest: boolean): Html {
  const late = run.slaMissed ? ' late' : run.slaAtRisk && run.state !== 'done' ? ' at-risk' : '';
  const words = [
    run.state,
    run.attempt > 1 && `attempt ${run.attempt}`,
    run.slaMissed && 'SLA missed',
    !run.slaMissed && run.slaAtRisk && 'SLA at risk',
  ].filter(word => word !== false);
  const label = `${timeText(run.interval.start)}: ${words.join(', ')}`;
  return html`<a class="cell s-${run.state}${late}" href="${paths.run(address, run.interval.start)}" title="${label}" aria-label="${address}, ${label}"${!isNewest && html` tabindex="-1"`}></a>`;
}

const mostDrawn = 24;

const poolRow = ({ id, used, slots, waiting, stuckSince, description }: PoolLoad): Html => html`<tr>
<th scope="row">${id}</th>
<td>${
  slots <= mostDrawn &&
  html`<span class="slots" aria-hidden="true">${Array.from({ length: slots }, (_, index) => html`<i class="${index < used && 'used'}"></i>`)}</span>`
}</td>
<td class="number">${used} of ${slots}</td><td class="number">${waiting}</td>
<td class="soft">${stuckSince && html`<span class="badge bad">stuck since ${time(stuckSince)}</span> `}${description}</td></tr>`;
