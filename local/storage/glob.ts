import { invalid } from './api-error.ts';

/**
 * Turns a glob into a pattern for whole object names: `*` (not over a slash), `**` (anything), `?`, `[a-z]`, `[!a-z]`,
 * `{one,two}` and `\` to take the next character as it is. Throws 400.
 * https://cloud.google.com/storage/docs/json_api/v1/objects/list#list-objects-and-prefixes-using-glob
 */
export function globPattern(glob: string): RegExp {
  let pattern = '';
  let open = 0;
  for (let rest = glob; rest; ) {
    const token = /^(?:\*\*|\[[^\]]+\]|\\.|.)/su.exec(rest)?.[0] ?? rest;
    rest = rest.slice(token.length);
    if (token === '**') pattern += '.*';
    else if (token === '*') pattern += '[^/]*';
    else if (token === '?') pattern += '[^/]';
    else if (token === '{') {
      open++;
      pattern += '(?:';
    } else if (token === '}' && open > 0) {
      open--;
      pattern += ')';
    } else if (token === ',' && open > 0) pattern += '|';
    else if (token.length > 1 && token.startsWith('[')) pattern += characterClass(token);
    else pattern += escaped(token.length > 1 && token.startsWith('\\') ? token.slice(1) : token);
  }
  if (open > 0) throw invalid(`Invalid matchGlob: '${glob}': a brace is not closed.`);
  try {
    return new RegExp(`^${pattern}$`, 'su');
  } catch {
    throw invalid(`Invalid matchGlob: '${glob}'`);
  }
}

function characterClass(token: string): string {
  const negated = token.startsWith('[!') || token.startsWith('[^');
  const members = token.slice(negated ? 2 : 1, -1).replace(/[\\\]^[]/g, '\\$&');
  return `[${negated ? '^' : ''}${members}]`;
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
