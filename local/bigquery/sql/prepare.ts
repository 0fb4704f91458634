import { type Token, tokens } from './lexer.ts';

/**
 * GoogleSQL as the parser gets it. The parser takes `a-b` for one name everywhere, though dashes belong to table paths
 * only, and does not know a few forms; those are rewritten to what it knows, or cut out and remembered.
 */
export interface Prepared {
  readonly text: string;
  /** The place in the original text of a place in the prepared one. */
  readonly original: (offset: number) => number;
  /** `NULLS FIRST` and `NULLS LAST`, by the offset at which the sorted item ends. */
  readonly nullOrder: ReadonlyMap<number, 'FIRST' | 'LAST'>;
  /** The columns of `* EXCEPT (...) REPLACE (...)`, by the offset of REPLACE. */
  readonly excepted: ReadonlyMap<number, readonly string[]>;
}

/** The function that stands for `AT TIME ZONE` inside EXTRACT. */
export const atTimeZone = '__AT_TIME_ZONE';

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What is known between one parenthesis and its partner. */
interface Frame {
  readonly opener: Token | undefined;
  /** True where a table path is expected, in which a dash belongs to the name. */
  inTables: boolean;
  /** Where EXTRACT's operand starts. */
  operand?: number;
  zoned?: boolean;
  readonly selects: boolean;
}

const tableKeywords = new Set(
  'FROM JOIN INTO UPDATE MERGE USING TABLE VIEW INSERT DELETE SCHEMA CLONE COPY'.split(' '),
);
const otherKeywords = new Set(
  'SELECT WHERE GROUP HAVING QUALIFY WINDOW ORDER LIMIT ON SET VALUES WHEN THEN PARTITION CLUSTER OPTIONS'.split(' '),
);

export function prepare(text: string): Prepared {
  const all = tokens(text);
  const edits: Edit[] = [];
  const nullOrder: [number, 'FIRST' | 'LAST'][] = [];
  const excepted: [number, readonly string[]][] = [];
  const frames: Frame[] = [{ opener: undefined, inTables: false, selects: false }];

  all.forEach((token, index) => {
    const frame = frames.at(-1) ?? { opener: undefined, inTables: false, selects: false };
    const previous = all[index - 1];
    const next = all[index + 1];
    if (token.text === '(') {
      const inherits = frame.inTables && (previous?.kind === 'symbol' || tableKeywords.has(previous?.upper ?? ''));
      const selects = next?.upper === 'SELECT' || next?.upper === 'WITH' || next?.text === '(';
      frames.push({ opener: previous, inTables: inherits, selects });
    } else if (token.text === ')') {
      closeFrame(token, next);
    } else if (token.kind === 'word' && previous?.text !== '.' && next?.text !== '.') {
      word(token, index, frame);
    }
    const glued = next?.text === '-' && next.start === token.end;
    if (glued && !frame.inTables && (token.kind === 'word' || token.kind === 'parameter')) {
      edits.push({ start: token.end, end: token.end, text: ' ' });
    }
  });

  return { ...apply(text, edits), ...markers() };

  function closeFrame(token: Token, next: Token | undefined): void {
    const closed = frames.length > 1 ? frames.pop() : undefined;
    if (closed?.zoned) edits.push({ start: token.start, end: token.start, text: ')' });
    if (closed?.opener?.upper === 'ARRAY' && closed.selects && next?.text === '[') {
      edits.push({ start: closed.opener.start, end: closed.opener.start, text: '(' });
      edits.push({ start: token.end, end: token.end, text: ')' });
    }
  }

  function word(token: Token, index: number, frame: Frame): void {
    const before = all[index - 1];
    const [second, third] = [all[index + 1], all[index + 2]];
    if (token.upper === 'FROM' && frame.opener?.upper === 'EXTRACT') {
      frame.operand = token.end;
    } else if (token.upper === 'FROM' && before?.upper === 'DISTINCT') {
      return;
    } else if (tableKeywords.has(token.upper) || (token.upper === 'EXISTS' && second?.text !== '(')) {
      frame.inTables = true;
    } else if (otherKeywords.has(token.upper)) {
      frame.inTables = false;
    } else if (token.upper === 'AT' && second?.upper === 'TIME' && third?.upper === 'ZONE' && frame.operand) {
      edits.push({ start: frame.operand, end: frame.operand, text: ` ${atTimeZone}(` });
      edits.push({ start: token.start, end: third.end, text: ',' });
      frame.zoned = true;
    } else if (token.upper === 'NULLS' && (second?.upper === 'FIRST' || second?.upper === 'LAST') && before) {
      edits.push({ start: before.end, end: second.end, text: '' });
      nullOrder.push([before.end, second.upper]);
    } else if (token.upper === 'DEFAULT' && before?.text === '=') {
      // No table here has default values, so DEFAULT is NULL.
      edits.push({ start: token.start, end: token.end, text: 'NULL' });
    } else if (token.upper === 'EXCEPT' && before?.text === '*' && second?.text === '(') {
      exceptAndReplace(token, index);
    }
  }

  function exceptAndReplace(token: Token, index: number): void {
    const close = all.findIndex((candidate, at) => at > index && candidate.text === ')');
    const replace = all[close + 1];
    if (close < 0 || replace?.upper !== 'REPLACE') return;
    const names = all.slice(index + 2, close).filter(({ text: name }) => name !== ',');
    excepted.push([replace.start, names.map(({ kind, text: name }) => (kind === 'quoted' ? name.slice(1, -1) : name))]);
    edits.push({ start: token.start, end: replace.start, text: '' });
  }

  function markers(): Pick<Prepared, 'nullOrder' | 'excepted'> {
    const moved = (offset: number) =>
      edits.reduce(
        (sum, { start, end, text: put }) => (end <= offset && start < offset ? sum + put.length - (end - start) : sum),
        offset,
      );
    return {
      nullOrder: new Map(nullOrder.map(([offset, order]) => [moved(offset), order])),
      excepted: new Map(excepted.map(([offset, names]) => [moved(offset), names])),
    };
  }
}

function apply(text: string, edits: readonly Edit[]): Pick<Prepared, 'text' | 'original'> {
  const pieces: { readonly from: number; readonly original: number; readonly copied: boolean }[] = [];
  let done = 0;
  let output = '';
  for (const edit of edits.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    pieces.push({ from: output.length, original: done, copied: true });
    output += text.slice(done, edit.start);
    pieces.push({ from: output.length, original: edit.start, copied: false });
    output += edit.text;
    done = edit.end;
  }
  pieces.push({ from: output.length, original: done, copied: true });
  output += text.slice(done);
  return {
    text: output,
    original: offset => {
      const piece = pieces.findLast(({ from }) => from <= offset);
      if (piece === undefined) return offset;
      return piece.copied ? piece.original + offset - piece.from : piece.original;
    },
  };
}
