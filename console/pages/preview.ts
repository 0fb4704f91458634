import type { Change } from '../../functions/core/batch/operation.ts';
import { type Html, html } from '../../functions/core/html.ts';
import { paths } from '../paths.ts';
import type { Choice, OperationView } from '../view/operation.ts';
import { hidden } from './operation-form.ts';
import { notice, stateText, table, time } from './parts.ts';

/** Changes that are listed; of more only the number is told. */
const mostListed = 200;

/** What an operation would touch, its choices, and the button that does it. */
export function previewPage(view: OperationView, outdated: boolean): Html {
  const { title, verb, fields, choices, changes, touched, notes, back } = view;
  const listed = changes.slice(0, mostListed);
  const hiddenCount = changes.length - listed.length;
  return html`<p class="crumbs"><a href="${back}">Back</a></p>
<h1>${title}</h1>
${outdated && notice('Something changed since you looked, and nothing was done. This is how it is now.', true)}
${notes.map(note => notice(note))}
${choices.length > 0 && choicesForm(fields, choices)}
${touched === 0 && notice('It would change nothing.')}
${listed.length > 0 && table('What would change', ['What', 'Now', 'Then'], listed.map(changeRow))}
${hiddenCount > 0 && html`<p class="soft">And ${hiddenCount} more.</p>`}
${
  touched > 0 &&
  html`<form class="actions confirm" action="${paths.apply}" method="post">${hidden(fields)}
<button class="primary">${verb}</button> <a href="${back}">Leave it as it is</a></form>`
}`;
}

/** Asks for another preview. */
function choicesForm(fields: OperationView['fields'], choices: readonly Choice[]): Html {
  const names = new Set(['seen', ...choices.map(({ name }) => name)]);
  const kept = Object.fromEntries(Object.entries(fields).filter(([name]) => !names.has(name)));
  return html`<form class="choices" action="${paths.preview}" method="get">${hidden(kept)}
${choices.map(
  ({ name, label }) =>
    html`<label class="tick"><input type="checkbox" name="${name}" value="yes"${fields[name] === 'yes' && html` checked`}> ${label}</label>`,
)}
<button>Show again</button></form>`;
}

const changeRow = ({ what, interval, before, after, why }: Change): Html => html`<tr>
<th scope="row">${interval === undefined ? what : html`${time(interval.start)} <span class="soft">to ${time(interval.end)}</span>`}</th>
<td>${before === undefined ? html`<span class="soft">no run</span>` : stateText(before)}</td>
<td>${after === undefined ? html`<span class="soft">stays: ${why}</span>` : stateText(after)}</td></tr>`;
