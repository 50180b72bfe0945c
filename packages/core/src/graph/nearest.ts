/** Up to three of the names that differ little from a wrong one, nearest first. */
export function nearestNames(names: Iterable<string>, wrong: string): string[] {
  const limit = Math.max(2, Math.ceil(wrong.length / 3));
  const scored: [name: string, distance: number][] = [];
  for (const name of names) {
    if (name === '' || Math.abs(name.length - wrong.length) > limit) continue;
    const distance = editDistance(name, wrong);
    if (distance <= limit) scored.push([name, distance]);
  }
  scored.sort((a, b) => a[1] - b[1]);
  return scored.slice(0, 3).map(([name]) => name);
}

/** Levenshtein distance by the usual two-row table. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const insertion = (current[column - 1] ?? 0) + 1;
      const deletion = (previous[column] ?? 0) + 1;
      current.push(Math.min(substitution, insertion, deletion));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
