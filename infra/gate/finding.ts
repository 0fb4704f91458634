import type { FindingLevel } from '../../functions/core/schema/compatibility-rules.ts';
import type { Problem } from '../config/problem.ts';
import type { TableChange } from '../plan/table-changes.ts';

/** What is to be known of a change of the schemas: which rule says it, where, why, and how to mend it. */
export interface Finding extends Problem {
  readonly level: FindingLevel;
  /** An id of `core/schema/compatibility-rules.ts`; or buf's, as in `buf:FIELD_SAME_ONEOF`. */
  readonly rule: string;
  readonly why: string;
}

/** The document of `onramp schema check --json`. */
export interface SchemaCheck {
  readonly version: 1;
  /** What it was compared with, in words. */
  readonly against: string;
  /** What is wrong whatever was there before: in proto/, by lint or by the compiler, and in services/. */
  readonly problems: readonly Problem[];
  /** What the change does to events, files and tables; the worst first. */
  readonly findings: readonly Finding[];
  /** How each ramp's table and files differ; empty when there are problems. */
  readonly tables: readonly TableChange[];
}

const levels: readonly FindingLevel[] = ['breaking', 'warning', 'note'];

/** The worst first, then by place. */
export const sortFindings = (findings: readonly Finding[]): Finding[] =>
  findings.toSorted(
    (a, b) =>
      levels.indexOf(a.level) - levels.indexOf(b.level) ||
      (a.file === b.file ? 0 : a.file < b.file ? -1 : 1) ||
      a.line - b.line ||
      a.column - b.column,
  );
