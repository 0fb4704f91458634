import { type Expression, stringSql } from '../expression.ts';
import { arrayOf, scalar } from '../sql-type.ts';
import { applied, argAs, type Call, checkCount, type FunctionTable, simple } from './call.ts';

interface Pattern {
  readonly groups: number;
  /** False when the first group may stay out of a match, as in `(a)?` or `(a)|b`. */
  readonly firstGroupAlways: boolean;
}

interface Level {
  /** Holds a `|` of its own. */
  alternates: boolean;
  /** Followed by `?`, `*` or `{0`. */
  optional: boolean;
}

/** Counts what REGEXP_EXTRACT has to know of a RE2 pattern. */
function readPattern(pattern: string): Pattern {
  const open: Level[] = [{ alternates: false, optional: false }];
  let groups = 0;
  let firstGroup: Level | undefined;
  let aroundFirst: Level[] = [];
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i];
    const level = open.at(-1);
    if (character === '\\') {
      const quoteEnd = pattern[i + 1] === 'Q' ? pattern.indexOf('\\E', i + 2) : -1;
      i = quoteEnd < 0 ? i + 1 : quoteEnd + 1;
    } else if (inClass) {
      inClass = character !== ']';
    } else if (character === '[') {
      inClass = true;
      // A bracket that comes first, or first after ^, is a member.
      if (pattern[i + 1] === '^') i++;
      if (pattern[i + 1] === ']') i++;
    } else if (character === '(') {
      const opened = { alternates: false, optional: false };
      const captures = pattern[i + 1] !== '?' || /^\(\?P?</.test(pattern.slice(i));
      if (captures) groups++;
      if (captures && firstGroup === undefined) {
        firstGroup = opened;
        aroundFirst = [...open];
      }
      open.push(opened);
    } else if (character === '|' && level) {
      level.alternates = true;
    } else if (character === ')' && level && open.length > 1) {
      level.optional = /^(?:[?*]|\{0)/.test(pattern.slice(i + 1));
      open.pop();
    }
  }
  const staysOut =
    aroundFirst.some(({ alternates, optional }) => alternates || optional) || firstGroup?.optional === true;
  return { groups, firstGroupAlways: !staysOut };
}

/** The pattern of a call; it has to be a literal, since its groups decide what the function answers. */
function patternOf(call: Call): { readonly sql: string; readonly pattern: Pattern; readonly text: string } {
  const argument: Expression = call.arg(1);
  if (argument.literal !== 'STRING') {
    return call.t.complain.unsupported(argument.node, `A pattern of ${call.name} that is not a literal`);
  }
  const text = String(argument.value);
  return { sql: stringSql(text), pattern: readPattern(text), text };
}

function oneGroup(call: Call): { readonly sql: string; readonly group: number; readonly text: string } {
  const { sql, pattern, text } = patternOf(call);
  if (pattern.groups > 1) {
    return call.t.complain.invalid(
      call.node,
      `Regular expressions passed into extraction functions must not have more than 1 capturing group`,
    );
  }
  if (pattern.groups === 1 && !pattern.firstGroupAlways) {
    return call.t.complain.unsupported(call.arg(1).node, 'A capturing group that may stay out of the match');
  }
  return { sql, group: pattern.groups, text };
}

function extract(call: Call): Expression {
  if (call.nodes.length > 2) return call.t.complain.unsupported(call.node, `${call.name} with a position`);
  checkCount(call, 2);
  const { sql, group } = oneGroup(call);
  const value = argAs(call, 0, 'STRING');
  // DuckDB answers '' where nothing matches.
  const body = (s: string) =>
    `(CASE WHEN regexp_matches(${s}, ${sql}) THEN regexp_extract(${s}, ${sql}, ${group}) END)`;
  return { sql: applied(call, [value], body), type: scalar('STRING'), node: call.node };
}

function extractAll(call: Call): Expression {
  checkCount(call, 2);
  const { sql, group, text } = oneGroup(call);
  if (matchesEmpty(text))
    return call.t.complain.unsupported(call.arg(1).node, 'REGEXP_EXTRACT_ALL of a pattern that matches nothing');
  const value = argAs(call, 0, 'STRING');
  return {
    sql: applied(call, [value], s => `regexp_extract_all(${s}, ${sql}, ${group})`),
    type: arrayOf(scalar('STRING')),
    node: call.node,
  };
}

/** Says whether a pattern matches the empty text, as far as JavaScript can tell. */
function matchesEmpty(pattern: string): boolean {
  try {
    return new RegExp(`^(?:${pattern.replace(/\(\?[a-zA-Z]+\)/g, '').replaceAll('(?P<', '(?<')})$`, 'u').test('');
  } catch {
    return true;
  }
}

function replace(call: Call): Expression {
  checkCount(call, 3);
  const { sql, pattern } = patternOf(call);
  const replacement = call.arg(2);
  if (replacement.literal !== 'STRING') {
    return call.t.complain.unsupported(replacement.node, 'A replacement of REGEXP_REPLACE that is not a literal');
  }
  for (const [, reference] of String(replacement.value).matchAll(/\\([\s\S]?)/g)) {
    if (reference === '\\') continue;
    if (!/^\d$/.test(reference ?? '') || Number(reference) > pattern.groups) {
      call.t.complain.invalid(replacement.node, `Invalid REGEXP_REPLACE pattern: \\${reference ?? ''}`);
    }
  }
  const value = argAs(call, 0, 'STRING');
  const body = (s: string) => `regexp_replace(${s}, ${sql}, ${replacement.sql}, 'g')`;
  return { sql: applied(call, [value], body), type: scalar('STRING'), node: call.node };
}

export const regexpFunctions: FunctionTable = {
  REGEXP_CONTAINS: simple('STRING STRING', 'BOOL', ([s = '', pattern = '']) => `regexp_matches(${s}, ${pattern})`),
  REGEXP_EXTRACT: extract,
  REGEXP_EXTRACT_ALL: extractAll,
  REGEXP_REPLACE: replace,
  REGEXP_SUBSTR: extract,
};
