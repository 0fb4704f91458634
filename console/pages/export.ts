import type { ExportConfig } from '../../functions/core/batch/config.ts';
import { compactInstant, type Instant } from '../../functions/core/batch/instant.ts';
import { type Html, html } from '../../functions/core/html.ts';
import { paths } from '../paths.ts';
import type { Refresh } from '../refresh.ts';
import type { ExportView, ListedRun } from '../view/export.ts';
import { destinationText, sourceText } from '../view/run.ts';
import { durationText, withTimes } from '../view/words.ts';
import { hidden, operationForm } from './operation-form.ts';
import { facts, notice, pausedBadge, scheduleText, slaBadge, stateText, table, time } from './parts.ts';
import { standingText } from './standing.ts';

/** One export: how it is configured, its runs, and what can be done with it. */
export function exportPage(view: ExportView, applied: string | undefined, refresh: Refresh | undefined): Html {
  const { config, service, paused, pausedBy, standing, runs, earlier, isPast, now } = view;
  const { address } = config;
  const of = { export: address };
  return html`<p class="crumbs"><a href="${paths.grid}">Exports</a></p>
<div class="title"><h1>${address}${paused && html` ${pausedBadge}`}</h1>
<div class="actions">${operationForm('Run now', { operation: 'run', ...of, at: now.toISOString() })}
${operationForm(paused ? 'Resume' : 'Pause', { operation: paused ? 'resume' : 'pause', ...of })}</div></div>
${applied !== undefined && notice(applied)}
${config.description !== '' && html`<p>${config.description}</p>`}
<p>${paused ? html`Paused${pausedBy && html` by ${pausedBy.by} on ${time(pausedBy.at)}`}: no run is started.` : standingText(standing)}</p>
<h2>${isPast ? 'Earlier runs' : 'Runs'}</h2>
${
  runs.length === 0
    ? html`<p class="soft">None.</p>`
    : table('Runs', ['Interval', 'State', '#Attempt', '#Took', 'Changed', ''], runs.map(runRow(config)))
}
<p class="pages">${isPast && html`<a href="${paths.export(address)}">The latest</a>`}
${earlier && html`<a href="${paths.export(address)}?before=${compactInstant(earlier)}">Earlier</a>`}</p>
<h2 id="backfill">Backfill</h2>
${refresh?.isStopped === false ? html`<p><a class="chip" href="${refresh.still}#backfill">Choose the time</a></p>` : backfillForm(view)}
<h2>Configuration</h2>
<div class="panel">${configuration(config, service.project, service.owner)}</div>`;
}

const backfillForm = ({ config, backfill }: ExportView): Html =>
  html`<form class="panel fields" action="${paths.preview}" method="get">${hidden({ operation: 'backfill', export: config.address })}
<label><span>Intervals that start from <span class="soft">(UTC)</span></span><input type="datetime-local" name="from" value="${fieldText(backfill.from)}" required></label>
<label><span>and before <span class="soft">(UTC)</span></span><input type="datetime-local" name="to" value="${fieldText(backfill.to)}" required></label>
<button>Show what it would run</button></form>`;

const runRow =
  ({ address }: ExportConfig) =>
  ({ run, reason }: ListedRun): Html =>
    html`<tr><th scope="row"><a href="${paths.run(address, run.interval.start)}">${time(run.interval.start)}</a></th>
<td>${stateText(run.state)}${reason !== undefined && html`<div class="soft">${withTimes(reason)}</div>`}</td>
<td class="number">${run.attempt}</td>
<td class="number">${run.seconds !== undefined && durationText(run.seconds)}</td>
<td class="soft">${time(run.changed)}</td><td>${slaBadge(run)}</td></tr>`;

/** As a field for a moment takes it. */
const fieldText = (instant: Instant): string => instant.slice(0, 16);

function configuration(config: ExportConfig, project: string, owner: string): Html {
  const { schedule, alerting, contract, partitions } = config;
  const minutes = (count: number | undefined) => count !== undefined && durationText(count * 60);
  const columns = Object.entries(config.columns).map(
    ([name, { class: personal, mask }]) =>
      html`<div><code>${name}</code> <span class="soft">${[personal, mask && `masked: ${mask.method}`].filter(Boolean).join(', ') || 'with a policy'}</span></div>`,
  );
  return facts([
    ['Owner', owner],
    ['Runs in project', project],
    ['Schedule', scheduleText(schedule)],
    ['Starts at', schedule.startDate && time(schedule.startDate)],
    ['Catches up', schedule.catchup ? 'yes' : 'no, the latest interval only'],
    ['Waits for the run before', schedule.dependsOnPast ? 'yes' : 'no'],
    ['Runs at once', `${schedule.maxActiveRuns} at most`],
    ['SLA', schedule.slaMinutes !== undefined && html`${minutes(schedule.slaMinutes)} after the interval’s end`],
    ['An attempt may take', minutes(schedule.executionTimeoutMinutes)],
    ['A run may take', minutes(schedule.dagrunTimeoutMinutes)],
    [
      'Retries',
      schedule.retryCount === 0 ? 'none' : html`${schedule.retryCount}, ${minutes(schedule.retryDelayMinutes)} apart`,
    ],
    ['Pool', config.pool],
    [
      'Reads',
      `${sourceText(config.source)} from ${config.connection}${config.incremental ? ', the rows of the interval only' : ', the whole table'}`,
    ],
    ['Overlap', config.overlapMinutes > 0 && minutes(config.overlapMinutes)],
    [
      'Cut by',
      partitions &&
        `${partitions.by}, ${'count' in partitions ? partitions.count : partitions.bounds.length + 1} parts`,
    ],
    ['Loads', config.destinations.map(destination => html`<div>${destinationText(destination)}</div>`)],
    ['New columns', newColumns[contract.newColumns]],
    ['Unclassified columns', contract.unclassified === 'fail' ? 'refuse the run' : 'are exported'],
    ['Columns', columns],
    [
      'Alerts',
      [alerting.slack && `Slack ${alerting.slack.channel}`, alerting.pagerDuty && 'PagerDuty']
        .filter(Boolean)
        .join(', '),
    ],
    ['Written in', html`<code>${config.source.written.file}</code>`],
  ]);
}

const newColumns: Readonly<Record<ExportConfig['contract']['newColumns'], string>> = {
  evolve: 'are added to the table',
  freeze: 'refuse the run',
  discard: 'are left out',
};
