import { type Program, parse, type Statement } from 'sql-parser-cst';
import { positionAt, SqlError } from './errors.ts';
import { type Prepared, prepare } from './prepare.ts';

interface Parsed {
  readonly statements: readonly Statement[];
  readonly prepared: Prepared;
}

/** The syntax tree of a GoogleSQL script. Throws a SqlError with the place of a syntax error. */
export function parseGoogleSql(text: string): Parsed {
  const prepared = prepare(text);
  let program: Program;
  try {
    program = parse(prepared.text, {
      dialect: 'bigquery',
      includeRange: true,
      paramTypes: ['?', '@name', '@`name`'],
      filename: 'sql',
    });
  } catch (error) {
    throw syntaxError(text, prepared, error instanceof Error ? error.message : String(error));
  }
  return { statements: program.statements.filter(({ type }) => type !== 'empty'), prepared };
}

function syntaxError(text: string, prepared: Prepared, message: string): SqlError {
  const what = /^Syntax Error: (.*)$/m.exec(message)?.[1] ?? message;
  const place = /^--> sql:(\d+):(\d+)$/m.exec(message);
  if (place === null) return new SqlError('invalidQuery', `Syntax error: ${what}`, { line: 1, column: 1 });
  const [line, column] = [Number(place[1]), Number(place[2])];
  const before = prepared.text
    .split(/(?<=\r\n|\n|\r)/)
    .slice(0, line - 1)
    .join('');
  const offset = prepared.original(before.length + column - 1);
  return new SqlError('invalidQuery', `Syntax error: ${what}`, positionAt(text, offset));
}
