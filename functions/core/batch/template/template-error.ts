/** Why a template cannot be rendered: what is wrong, how to mend it, and where in the template, from 1. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly what: string;
  readonly mend: string;
  readonly line: number;
  readonly column: number;

  constructor(what: string, mend: string, { line, column }: Place) {
    super(`line ${line}, column ${column} of the template: ${what}; ${mend}`);
    this.what = what;
    this.mend = mend;
    this.line = line;
    this.column = column;
  }
}

/** A place in a template, from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}
