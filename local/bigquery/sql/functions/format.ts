import { castSql, floatText } from '../casts.ts';
import { coerce } from '../coercion.ts';
import { bind, type Expression, stringSql } from '../expression.ts';
import { scalar } from '../sql-type.ts';
import { applied, argumentsOf, type Call, type FunctionImplementation, failure, noMatch } from './call.ts';

/** `%[flags][width][.precision]specifier`. */
interface Specifier {
  readonly flags: string;
  readonly width: string;
  readonly precision: string | undefined;
  readonly letter: string;
}

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/string_functions#format_string, the common part */
export const format: FunctionImplementation = call => {
  const [pattern, ...args] = argumentsOf(call);
  if (pattern === undefined) return noMatch(call, []);
  if (pattern.literal !== 'STRING') return call.t.complain.unsupported(pattern.node, 'A format that is not a literal');
  const pieces: string[] = [];
  let used = 0;
  for (const [part, flags = '', width = '', precision, letter] of String(pattern.value).matchAll(
    /%([-+ 0#']*)(\d*)(?:\.(\d+))?([a-zA-Z%*])|[^%]+|%/g,
  )) {
    if (letter === undefined) {
      if (part === '%') call.t.complain.invalid(pattern.node, 'FORMAT string ends in a lone %');
      pieces.push(stringSql(part));
    } else if (letter === '%') {
      pieces.push("'%'");
    } else {
      const argument = args[used++];
      if (argument === undefined)
        return call.t.complain.invalid(pattern.node, 'Too few arguments to FORMAT for its format string');
      pieces.push(specified(call, { flags, width, precision, letter }, argument));
    }
  }
  if (used < args.length)
    return call.t.complain.invalid(pattern.node, 'Too many arguments to FORMAT for its format string');
  return { sql: pieces.length === 0 ? "''" : `(${pieces.join(' || ')})`, type: scalar('STRING'), node: call.node };
};

function specified(call: Call, specifier: Specifier, argument: Expression): string {
  const { flags, width, precision, letter } = specifier;
  const { complain } = call.t;
  const refuse = () =>
    complain.unsupported(
      argument.node,
      `The FORMAT specifier %${flags}${width}${precision === undefined ? '' : `.${precision}`}${letter} for this type`,
    );
  switch (letter) {
    case 'd':
    case 'i':
      if (precision !== undefined) return refuse();
      return integer(flags, width, coerce(complain, argument, scalar('INT64'), 'The argument of %d'), refuse);
    case 'x':
    case 'X':
    case 'o':
      if (precision !== undefined || /[#']/.test(flags)) return refuse();
      return applied(call, [coerce(complain, argument, scalar('INT64'), `The argument of %${letter}`)], x => {
        const fail = failure(call, `FORMAT %${letter} of a negative number`);
        return `(CASE WHEN ${x} < 0 THEN ${fail} ELSE printf('%${flags}${width}${letter}', ${x}) END)`;
      });
    case 's':
      if (precision !== undefined) return refuse();
      return padded(coerce(complain, argument, scalar('STRING'), 'The argument of %s'), flags, width);
    case 'f':
    case 'e':
    case 'E':
    case 'g':
      if (argument.type.kind === 'NUMERIC' || argument.type.kind === 'BIGNUMERIC' || /[#']/.test(flags))
        return refuse();
      return `printf('%${flags}${width}.${precision ?? '6'}${letter}', ${coerce(complain, argument, scalar('FLOAT64'), `The argument of %${letter}`)})`;
    case 't':
      return `coalesce(${readable(argument, refuse)}, 'NULL')`;
    default:
      return refuse();
  }
}

function integer(flags: string, width: string, sql: string, refuse: () => never): string {
  if (!flags.includes("'")) return `printf('%${flags}${width}d', ${sql})`;
  return flags === "'" ? padded(`format('{:,}', ${sql})`, '', width) : refuse();
}

function padded(sql: string, flags: string, width: string): string {
  if (width === '') return sql;
  const side = flags.includes('-') ? 'rpad' : 'lpad';
  return bind([sql], ([text = '']) => `${side}(${text}, greatest(length(${text}), ${Number(width)})::INTEGER, ' ')`);
}

function readable({ sql, type }: Expression, refuse: () => never): string {
  switch (type.kind) {
    case 'STRING':
      return sql;
    case 'FLOAT64':
      return `regexp_replace(${floatText(sql)}, '^(-?\\d+)$', '\\1.0')`;
    case 'INT64':
    case 'BOOL':
    case 'DATE':
    case 'TIME':
    case 'DATETIME':
    case 'TIMESTAMP':
      return castSql(sql, type, scalar('STRING')) ?? refuse();
    default:
      return refuse();
  }
}
