import { type Html, html } from '../../functions/core/html.ts';
import { paths } from '../paths.ts';

/** A button that asks for an operation. Nothing is done before its preview has been seen and confirmed. */
export const operationForm = (label: string, fields: Readonly<Record<string, string>>): Html =>
  html`<form action="${paths.preview}" method="get">${hidden(fields)}<button>${label}</button></form>`;

/** Fields that a form sends and nobody sees. */
export const hidden = (fields: Readonly<Record<string, string>>): Html[] =>
  Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`);
