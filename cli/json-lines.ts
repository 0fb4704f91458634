import { type DescMessage, fromJson, type JsonValue, toBinary } from '@bufbuild/protobuf';
import { typesAround } from '../functions/core/codec/payload-of-json.ts';

/** One line of input and where it stands. */
interface Line {
  readonly file: string;
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

export interface LineProblem {
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

/** The lines of a file of JSON lines, without the empty ones. */
export function linesOf(file: string, content: Uint8Array): { lines: Line[]; problems: LineProblem[] } {
  const lines: Line[] = [];
  const problems: LineProblem[] = [];
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (const [index, bytes] of splitLines(content).entries()) {
    const number = index + 1;
    try {
      const text = decoder.decode(bytes).trim();
      if (text !== '') lines.push({ file, number, text });
    } catch {
      problems.push({ file, line: number, what: 'the line is not UTF-8' });
    }
  }
  return { lines, problems };
}

/** Splits before decoding, so that a byte that is not UTF-8 spoils its own line alone. */
function splitLines(content: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let start = 0; start < content.length; ) {
    const found = content.indexOf(0x0a, start);
    const end = found === -1 ? content.length : found;
    lines.push(content.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

/** Encodes lines of protobuf's JSON form; every line that is none is a problem. */
export function encodeLines(
  message: DescMessage,
  lines: readonly Line[],
): { payloads: Uint8Array[]; problems: LineProblem[] } {
  const registry = typesAround(message);
  const payloads: Uint8Array[] = [];
  const problems: LineProblem[] = [];
  for (const { file, number, text } of lines) {
    try {
      payloads.push(toBinary(message, fromJson(message, parseExactly(text), { registry })));
    } catch (error) {
      problems.push({ file, line: number, what: whatIsWrong(error) });
    }
  }
  return { payloads, problems };
}

function whatIsWrong(error: unknown): string {
  if (!(error instanceof SyntaxError)) return error instanceof Error ? error.message : String(error);
  // The engine counts the lines of what it was given, which is one.
  return `this is not JSON: ${error.message.replace(/ in JSON at position \d+ \(line 1 column (\d+)\)$/, ' at column $1')}`;
}

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;

/** Parses JSON, but refuses an integer that would be rounded on the way. */
function parseExactly(text: string): JsonValue {
  const refuseRounded: Reviver = (_key, value, { source }) => {
    if (typeof value === 'number' && source !== undefined && /^-?\d+$/.test(source) && !isExact(value, source)) {
      throw new Error(`the number ${source} would be rounded; write it in quotes`);
    }
    return value;
  };
  // TypeScript does not know the third parameter yet.
  return JSON.parse(text, refuseRounded as (key: string, value: unknown) => unknown) as JsonValue;
}

const isExact = (value: number, source: string) => Number.isFinite(value) && BigInt(value) === BigInt(source);

/** Lines of a report, one for each problem. */
export const formatLineProblems = (problems: readonly LineProblem[]): string =>
  problems.map(({ file, line, what }) => `${file}:${line}  ${what}\n`).join('');

/** The report on input of which nothing is published. */
export function reportOf(problems: readonly LineProblem[]): string {
  const count = `${problems.length} ${problems.length === 1 ? 'line is' : 'lines are'} wrong`;
  return `${formatLineProblems(problems)}\n${count}; nothing was published.\n`;
}
