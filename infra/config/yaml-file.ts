import { type Document, isMap, isNode, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { Problem } from './problem.ts';

/** Keys and indices that lead from a document's root to one of its values. */
export type Path = readonly PropertyKey[];

/** Something wrong at a path; `file`, `line` and `column` follow from it. */
export interface Finding {
  readonly path: Path;
  /** Points at the key itself rather than at its value. */
  readonly atKey?: boolean;
  readonly what: string;
  readonly mend: string;
}

/** A YAML document that remembers where everything in it was written. */
export interface YamlFile {
  /** Plain data; null when the file is empty, undefined when it could not be parsed. */
  readonly value: unknown;
  /** Syntax errors and duplicate keys. */
  readonly problems: readonly Problem[];
  /** Where a finding is. A path that the document does not hold is shown at the nearest value around it. */
  problemOf(finding: Finding): Problem;
}

/** Parses `text`; `file` is the name that its problems carry. */
export function parseYamlFile(file: string, text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'silent' });
  const problemAt = (offset: number, what: string, mend: string): Problem => {
    const { line, col } = lines.linePos(offset);
    // An empty file has no lines to point at.
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), what, mend };
  };

  const problems = document.errors.map(({ code, pos, message }) =>
    code === 'DUPLICATE_KEY'
      ? problemAt(pos[0], 'this key is written twice', 'keep one of the two')
      : problemAt(pos[0], `this is not YAML: ${message}`, 'correct the syntax; mind the indentation'),
  );
  let value: unknown;
  // Past a duplicate key the rest of the file can still be checked; past a syntax error it means nothing.
  if (document.errors.every(({ code }) => code === 'DUPLICATE_KEY')) {
    try {
      value = document.toJS() as unknown;
    } catch (error) {
      // An alias without its anchor, or aliases that multiply beyond measure.
      problems.push(problemAt(0, `this is not YAML: ${String(error)}`, 'write the value out instead of the alias'));
    }
  }
  return {
    value,
    problems,
    problemOf: finding => problemAt(offsetOf(document, finding), finding.what, finding.mend),
  };
}

/** The offset of the innermost part of the path that the document holds. */
function offsetOf(document: Document, { path, atKey }: Finding): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? startOf(node) : 0;
  for (const [depth, step] of path.entries()) {
    // Of a key that is written twice the last one counts.
    const pair = isMap(node) ? node.items.findLast(item => String(item.key) === String(step)) : undefined;
    const child = isSeq(node) ? node.items[Number(step)] : pair?.value;
    const wanted = (atKey === true && depth === path.length - 1) || isEmpty(child) ? pair?.key : child;
    if (!isNode(wanted)) break;
    offset = startOf(wanted);
    node = child;
  }
  return offset;
}

const startOf = (node: Node) => node.range?.[0] ?? 0;

/** Whether nothing was written where a value could be. */
const isEmpty = (value: unknown) => !isNode(value) || value.range?.[0] === value.range?.[1];
