import { type Html, html } from '../../functions/core/html.ts';
import { paths } from '../paths.ts';

/** Why there is no page. */
export const problemPage = (message: string): Html =>
  html`<h1>${message}</h1><p><a href="${paths.grid}">All exports</a></p>`;
