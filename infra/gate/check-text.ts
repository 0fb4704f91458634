import { formatProblems } from '../config/problem.ts';
import { formatTables } from '../plan/plan-text.ts';
import type { Finding, SchemaCheck } from './finding.ts';

/** A check for people. */
export function formatSchemaCheck({ against, problems, findings, tables }: SchemaCheck): string {
  return [
    `Compared with ${against}.\n`,
    formatProblems(problems),
    findings.map(findingText).join(''),
    formatTables(tables),
    summary(findings, problems.length),
  ]
    .filter(text => text !== '')
    .join('\n');
}

const findingText = ({ level, rule, file, line, column, what, why, mend }: Finding): string =>
  `${level} ${rule}  ${file}:${line}:${column}\n    ${what}\n    ${why}\n    To mend it: ${mend}\n`;

function summary(findings: readonly Finding[], problems: number): string {
  const count = (level: Finding['level']) => findings.filter(found => found.level === level).length;
  const counts = [
    [count('breaking'), 'breaking change', 'breaking changes'],
    [count('warning'), 'warning', 'warnings'],
    [count('note'), 'note', 'notes'],
  ] as const;
  const said = counts
    .filter(([number]) => number > 0)
    .map(([number, one, more]) => `${number} ${number === 1 ? one : more}`);
  if (said.length > 0) return `${said.join(', ')}.\n`;
  // These are counted where they are listed.
  return problems > 0 ? '' : 'Nothing is in the way.\n';
}
