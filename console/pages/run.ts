import { compactInstant } from '../../functions/core/batch/instant.ts';
import type { Attempt, Run } from '../../functions/core/batch/run.ts';
import { isFinished, type RunStatus } from '../../functions/core/batch/run-status.ts';
import { type Html, html } from '../../functions/core/html.ts';
import { paths } from '../paths.ts';
import type { Rendered, RunView } from '../view/run.ts';
import { betweenText, bytesText, countText, durationText, withTimes } from '../view/words.ts';
import { errorText, mendText } from './error.ts';
import { manifestPart } from './manifest.ts';
import { operationForm } from './operation-form.ts';
import { facts, notice, slaBadge, stateText, table, time } from './parts.ts';

/** Everything about one run: its state, what it waits for, its attempts, what it read and what it wrote. */
export function runPage(view: RunView, applied: string | undefined): Html {
  const { config, run, reasons, deadline, expected, rendered, manifest } = view;
  const { interval } = run;
  // Not of a run that was started anew since.
  const told = run.state === 'failed' || run.state === 'retrying' ? run.attempts[0]?.error : undefined;
  return html`<p class="crumbs"><a href="${paths.grid}">Exports</a> <a href="${paths.export(config.address)}">${config.address}</a></p>
<div class="title"><h1>Run of ${time(interval.start)}</h1>${neighbours(view)}</div>
${applied !== undefined && notice(applied)}
${told && notice([errorText(told), mendText(told)], true)}
<div class="panel">${facts([
    ['State', html`${stateText(run.state)} <span class="soft">since ${time(run.changed)}</span> ${slaBadge(run)}`],
    [
      'Waits',
      reasons.map(
        ({ detail, since }) =>
          html`<div>${withTimes(detail)}${since && html` <span class="soft">since ${time(since)}</span>`}</div>`,
      ),
    ],
    ['Interval', html`${time(interval.start)} to ${time(interval.end)}`],
    ['Made by', madeBy[run.kind]],
    ['Next attempt', run.state === 'retrying' && html`at ${time(run.due)}`],
    ['Took', run.seconds !== undefined && durationText(run.seconds)],
    ['Probably done', expected && time(expected)],
    ['Has to be done', deadline && html`by ${time(deadline)}`],
    ['Attempts', `${run.attempt} of at most ${run.lastAttempt}`],
    ['Pool', config.pool],
  ])}
${operations(run)}</div>
<h2>Attempts</h2>
${run.attempts.length === 0 ? html`<p class="soft">None yet.</p>` : table('Attempts', attemptHeadings, run.attempts.map(attemptRow(run)))}
${rendered.map(renderedText)}
${manifest && manifestPart(manifest)}
${
  run.operations.length > 0 &&
  html`<h2>By hand</h2>${table(
    'By hand',
    ['When', 'Who', 'What'],
    run.operations.map(
      ({ at, by, what }) => html`<tr><td class="soft">${time(at)}</td><td>${by}</td><td>${what}</td></tr>`,
    ),
  )}`
}`;
}

const madeBy: Readonly<Record<Run['kind'], string>> = {
  scheduled: 'the schedule',
  catchup: 'the schedule, catching up',
  manual: 'a person',
  backfill: 'a backfill',
};

function neighbours({ config, previous, next }: RunView): Html {
  const link = (run: RunStatus, label: string): Html =>
    html`<a href="${paths.run(config.address, run.interval.start)}">${label} ${stateText(run.state)}</a>`;
  return html`<nav class="pages" aria-label="Neighbours">${previous && link(previous, 'Before')} ${next && link(next, 'After')}</nav>`;
}

function operations(run: Run): Html {
  const targets = { export: run.export, starts: compactInstant(run.interval.start) };
  return html`<div class="actions">
${run.state !== 'waiting' && operationForm('Run again', { operation: 'rerun', ...targets })}
${run.state !== 'done' && operationForm('Mark as done', { operation: 'mark-done', ...targets })}
${run.state !== 'failed' && operationForm('Mark as failed', { operation: 'mark-failed', ...targets })}
${!isFinished(run) && operationForm('Cancel', { operation: 'cancel', ...targets })}
</div>`;
}

const attemptHeadings = ['Attempt', 'Queued', '#Export', '#Load', '#Rows', '#Size', 'Outcome'];

const attemptRow =
  ({ destinations }: Run) =>
  (attempt: Attempt): Html => {
    const { number, queued, exportStarted, exportEnded, loadStarted, ended, loaded } = attempt;
    const exportOver = exportEnded ?? ended;
    const partly = loaded.length > 0 && loaded.length < destinations.length;
    return html`<tr>
<th scope="row">${number}</th>
<td class="soft">${time(queued)}</td>
<td class="number">${exportStarted && exportOver && betweenText(exportStarted, exportOver)}</td>
<td class="number">${loadStarted && ended && betweenText(loadStarted, ended)}</td>
<td class="number">${attempt.rows !== undefined && countText(attempt.rows)}</td>
<td class="number">${attempt.bytes !== undefined && bytesText(attempt.bytes)}</td>
<td>${attempt.outcome ?? 'under way'}${partly && html` <span class="soft">${loaded.length} of ${destinations.length} tables loaded</span>`}${
      attempt.error && html`<div>${errorText(attempt.error)}</div>`
    }</td></tr>`;
  };

const renderedText = ({ name, text, problem }: Rendered): Html =>
  html`<h2>${name}</h2>${text === undefined ? notice(problem, true) : html`<pre tabindex="0" aria-label="${name}">${text}</pre>`}`;
