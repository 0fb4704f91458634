/** A token of GoogleSQL, just fine enough for `prepare`: comments and blanks are dropped. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'parameter' | 'symbol';
  readonly text: string;
  /** The text in upper case, for keywords. */
  readonly upper: string;
  readonly start: number;
  readonly end: number;
}

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical */
const patterns: readonly (readonly [Token['kind'] | 'blank', RegExp])[] = [
  ['blank', /\s+|(?:#|--)[^\n\r]*|\/\*[\s\S]*?\*\//y],
  ['string', /(?:[rR][bB]?|[bB][rR]?)?(?:'''(?:\\[\s\S]|(?!''')[^\\])*'''|"""(?:\\[\s\S]|(?!""")[^\\])*""")/y],
  ['string', /(?:[rR][bB]?|[bB][rR]?)?(?:'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*")/y],
  ['quoted', /`(?:\\[\s\S]|[^`\\])*`/y],
  ['parameter', /@(?:\w+|`[^`]*`)|\?/y],
  ['number', /0[xX][0-9A-Fa-f]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['word', /[\p{L}_][\p{L}\p{N}_]*/uy],
  ['symbol', /[\s\S]/y],
];

export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let offset = 0;
  while (offset < text.length) {
    const start = offset;
    for (const [kind, pattern] of patterns) {
      pattern.lastIndex = start;
      const match = pattern.exec(text)?.[0];
      if (match === undefined) continue;
      offset = start + match.length;
      if (kind !== 'blank') found.push({ kind, text: match, upper: match.toUpperCase(), start, end: offset });
      break;
    }
  }
  return found;
}
