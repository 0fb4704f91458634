import type { RunError } from '../../functions/core/batch/run.ts';
import { type ErrorCode, errorCatalogue } from '../../functions/core/errors.ts';
import { type Html, html } from '../../functions/core/html.ts';

/** An error as it was met. */
export const errorText = ({ code, detail }: RunError): Html => html`<code>${code}</code> ${detail}`;

/** What the error means and how it is mended; nothing for a code that is not known here. */
export function mendText({ code }: RunError): Html | undefined {
  if (!isErrorCode(code)) return undefined;
  const { what, mend } = errorCatalogue[code];
  return html`<div class="soft">${withCode(what)}</div><div><b>Mend:</b> ${withCode(mend)}</div>`;
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorCatalogue, code);

/** A sentence in which commands stand between backticks. */
const withCode = (sentence: string): (string | Html)[] =>
  sentence.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
