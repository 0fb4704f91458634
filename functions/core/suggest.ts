/** The candidates that `word` may be a slip of the hand for or a part of, best first, at most three. */
function nearest(word: string, candidates: Iterable<string>): string[] {
  // A third of the letters may differ: more, and the suggestion is a guess.
  const furthest = Math.max(1, Math.floor(word.length / 3));
  return [...candidates]
    .map(candidate => ({ candidate, distance: distanceOf(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= furthest || (word.length > 3 && candidate.includes(word)))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** `did you mean "a" or "b"?`, or undefined when nothing is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const near = nearest(word, candidates).map(candidate => `"${candidate}"`);
  return near.length === 0 ? undefined : `did you mean ${near.join(' or ')}?`;
}

/** A list for the end of a sentence, cut short where nobody would read on. */
export function listed(candidates: readonly string[]): string {
  const most = 12;
  const more = candidates.length - most;
  return `${candidates.slice(0, most).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Letters to insert, drop, change or swap with the next to make one word of the other. */
function distanceOf(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const changed = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      const swaps = i > 0 && j > 0 && a[i] === b[j - 1] && a[i - 1] === b[j];
      const swapped = swaps ? (before[j - 1] ?? 0) + 1 : Infinity;
      next.push(Math.min(changed, swapped, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
