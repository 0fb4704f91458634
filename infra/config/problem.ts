/** Something in what a user wrote that cannot be deployed: where it is, what is wrong, and how to mend it. */
export interface Problem {
  /** Path relative to the project's root, with forward slashes. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly what: string;
  readonly mend: string;
}

/** One report of all problems, for a terminal; empty when there is none. */
export function formatProblems(problems: readonly Problem[]): string {
  const entries = problems.map(
    problem => `${problem.file}:${problem.line}:${problem.column}  ${problem.what}\n    ${problem.mend}\n`,
  );
  if (entries.length === 0) return '';
  return `${entries.join('')}\n${entries.length} ${entries.length === 1 ? 'problem' : 'problems'}\n`;
}

/** In the order in which a person would work them off: by file, then from its top to its bottom. */
export const sortProblems = (problems: readonly Problem[]): Problem[] =>
  problems.toSorted(
    (a, b) => (a.file === b.file ? 0 : a.file < b.file ? -1 : 1) || a.line - b.line || a.column - b.column,
  );

/** Thrown where problems stop the work: its message is the whole report. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(formatProblems(problems));
    this.problems = problems;
  }
}
