import type { Node } from 'sql-parser-cst';

/** Why a statement is not run: it is wrong, it names what does not exist, or it is right but not supported here. */
type SqlErrorReason = 'invalidQuery' | 'notFound' | 'notImplemented';

/** A GoogleSQL statement that cannot be translated. Line and column count from 1, in the text that the caller gave. */
export class SqlError extends Error {
  override readonly name = 'SqlError';
  readonly reason: SqlErrorReason;
  readonly line: number;
  readonly column: number;

  constructor(reason: SqlErrorReason, message: string, position: Position) {
    super(`${message} at [${position.line}:${position.column}]`);
    this.reason = reason;
    this.line = position.line;
    this.column = position.column;
  }
}

interface Position {
  readonly line: number;
  readonly column: number;
}

/** Anything with a place in the text; a node of the syntax tree has one. */
export type Located = Pick<Node, 'range'>;

/** Raises errors at a node's place. */
export interface Complaints {
  /** For what BigQuery refuses too. */
  invalid(node: Located, message: string): never;
  /** For what BigQuery can do and this translator cannot. `instead` says what to write. */
  unsupported(node: Located, what: string, instead?: string): never;
  notFound(node: Located, message: string): never;
}

/** The line and column of an offset in a text. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const lineStart = Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) + 1;
  return { line: before.split(/\r\n|\n|\r/).length, column: offset - lineStart + 1 };
}

export function complaints(text: string, originalOffset: (offset: number) => number): Complaints {
  const at = (node: Located) => positionAt(text, originalOffset(node.range?.[0] ?? 0));
  return {
    invalid: (node, message) => {
      throw new SqlError('invalidQuery', message, at(node));
    },
    unsupported: (node, what, instead) => {
      const advice = instead === undefined ? '' : `; ${instead}`;
      throw new SqlError('notImplemented', `${what} is not supported by the local BigQuery${advice}`, at(node));
    },
    notFound: (node, message) => {
      throw new SqlError('notFound', message, at(node));
    },
  };
}
