import { didYouMean } from '../../suggest.ts';
import { type Piece, splitTemplate } from './lexer.ts';
import { createParser } from './parse-expression.ts';
import type { Expression, Statement } from './syntax.ts';
import { TemplateError } from './template-error.ts';

/** Longer texts are no query; https://cloud.google.com/bigquery/quotas#query_jobs has 1,024 KB for one unresolved. */
const maxLength = 1024 * 1024;

const maxBlocks = 50;

const statements = ['if', 'for', 'set', 'raw'];

/** Statements of Jinja that reach for other templates, or define what nothing here needs. */
const refused = [
  'include',
  'import',
  'from',
  'extends',
  'block',
  'macro',
  'call',
  'filter',
  'do',
  'with',
  'autoescape',
];

type StatementPiece = Extract<Piece, { type: 'statement' }>;

/** Parses a template. Throws a TemplateError. */
export function parseTemplate(template: string): readonly Statement[] {
  if (template.length > maxLength) {
    throw new TemplateError(`the template has ${template.length} characters`, `write at most ${maxLength}`, {
      line: 1,
      column: 1,
    });
  }
  const pieces = splitTemplate(template);
  let position = 0;
  let blocks = 0;

  /** Statements up to one of the words that end the block; the piece with that word is consumed. */
  function body(ends: readonly string[], opened?: StatementPiece): { list: Statement[]; end?: StatementPiece } {
    const list: Statement[] = [];
    for (;;) {
      const piece = pieces[position];
      if (piece === undefined) {
        if (opened === undefined) return { list };
        throw new TemplateError(
          `"${String(opened.tokens[0]?.text)}" has no end`,
          `write {% ${String(ends.at(-1))} %} after it`,
          opened.at,
        );
      }
      position += 1;
      if (piece.type === 'text') list.push({ ...piece, at: { line: 1, column: 1 } });
      else if (piece.type === 'print') list.push({ type: 'print', at: piece.at, value: whole(piece) });
      else {
        const word = piece.tokens[0]?.text ?? '';
        if (ends.includes(word)) return { list, end: piece };
        list.push(statement(piece, word));
      }
    }
  }

  function statement(piece: StatementPiece, word: string): Statement {
    blocks += 1;
    if (blocks > maxBlocks * 100)
      throw new TemplateError('the template has too many statements', 'shorten it', piece.at);
    if (word === 'if') return ifStatement(piece);
    if (word === 'for') return forStatement(piece);
    if (word === 'set') return setStatement(piece);
    throw unknownStatement(piece, word);
  }

  let nesting = 0;
  function nested<T>(piece: StatementPiece, read: () => T): T {
    nesting += 1;
    if (nesting > maxBlocks) throw new TemplateError('blocks are nested too deeply', 'shorten the template', piece.at);
    const result = read();
    nesting -= 1;
    return result;
  }

  function ifStatement(opened: StatementPiece): Statement {
    return nested(opened, () => {
      const branches: { test: Expression; body: Statement[] }[] = [];
      let test = afterWord(opened);
      for (;;) {
        const { list, end } = body(['elif', 'else', 'endif'], opened);
        branches.push({ test, body: list });
        if (end?.tokens[0]?.text === 'elif') {
          test = afterWord(end);
          continue;
        }
        const otherwise = end?.tokens[0]?.text === 'else' ? body(['endif'], opened).list : [];
        return { type: 'if', at: opened.at, branches, otherwise };
      }
    });
  }

  function forStatement(opened: StatementPiece): Statement {
    return nested(opened, () => {
      const parser = createParser(opened.tokens.slice(1), opened.end);
      const names = [parser.name('a name for the items')];
      while (parser.accept(',')) names.push(parser.name('a name'));
      parser.expect('in');
      const items = parser.or();
      const filter = parser.accept('if') ? parser.expression() : undefined;
      parser.finish();
      const { list, end } = body(['else', 'endfor'], opened);
      const otherwise = end?.tokens[0]?.text === 'else' ? body(['endfor'], opened).list : [];
      return { type: 'for', at: opened.at, names, items, filter, body: list, otherwise };
    });
  }

  const { list } = body([]);
  return list;
}

function setStatement(piece: StatementPiece): Statement {
  const parser = createParser(piece.tokens.slice(1), piece.end);
  const names = [parser.name('a name')];
  while (parser.accept(',')) names.push(parser.name('a name'));
  parser.expect('=');
  const value = parser.expression();
  parser.finish();
  return { type: 'set', at: piece.at, names, value };
}

/** The one expression of a piece. */
function whole(piece: Exclude<Piece, { type: 'text' }>): Expression {
  const parser = createParser(piece.tokens, piece.end);
  const value = parser.expression();
  parser.finish();
  return value;
}

const afterWord = (piece: StatementPiece): Expression => whole({ ...piece, tokens: piece.tokens.slice(1) });

function unknownStatement(piece: StatementPiece, word: string): TemplateError {
  if (refused.includes(word)) {
    return new TemplateError(
      `"${word}" is not allowed in a template`,
      `write the text itself; the statements are ${statements.join(', ')}`,
      piece.at,
    );
  }
  if (/^(?:end|else|elif)/.test(word)) {
    return new TemplateError(`"${word}" ends nothing`, 'remove it, or open its block before it', piece.at);
  }
  return new TemplateError(
    `"${word}" is no statement`,
    didYouMean(word, statements) ?? `the statements are ${statements.join(', ')}`,
    piece.at,
  );
}
