import type { Request } from '@google-cloud/functions-framework';
import type { Fields } from './view/operation.ts';

/** The texts among what a form or a query sends; a parser may make lists and objects of what somebody made up. */
export function fieldsIn(sent: unknown): Fields {
  if (typeof sent !== 'object' || sent === null) return {};
  return Object.fromEntries(
    Object.entries(sent).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** A part of the path, as the route names it. */
export function pathParameter({ params }: Request, name: string): string {
  const value = params[name];
  return typeof value === 'string' ? value : '';
}
