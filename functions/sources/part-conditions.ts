/**
 * The SQL conditions of an export's parts, cut at these bounds: together they hold of every row exactly once, also where
 * the column is NULL. `column` and what `literal` gives are SQL already.
 */
export function conditionsBetween(
  column: string,
  bounds: readonly string[],
  literal: (value: string) => string,
): string[] {
  if (bounds.length === 0) return ['TRUE'];
  const conditions = bounds.map((bound, i) => {
    const below = `${column} < ${literal(bound)}`;
    const previous = bounds[i - 1];
    return previous === undefined
      ? `(${below} OR ${column} IS NULL)`
      : `(${column} >= ${literal(previous)} AND ${below})`;
  });
  return [...conditions, `${column} >= ${literal(bounds.at(-1) ?? '')}`];
}
