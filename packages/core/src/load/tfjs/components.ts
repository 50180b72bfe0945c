/**
 * Sorts names so that what each depends on comes before it; those that depend on each other in a circle stay together.
 * Dependencies are followed from `roots`.
 */
export function components(
  roots: readonly string[],
  dependencies: (name: string) => readonly string[],
): string[][] {
  const order = finished(roots, dependencies);
  const dependents = new Map<string, string[]>();
  for (const name of order) {
    for (const each of dependencies(name)) {
      const known = dependents.get(each);
      if (known === undefined) dependents.set(each, [name]);
      else known.push(name);
    }
  }
  // What was finished last depends on all the others; who can be reached from it backwards lies in a circle with it.
  const placed = new Set<string>();
  const found = order
    .toReversed()
    .map((name) => finished([name], (each) => dependents.get(each) ?? [], placed));
  const rank = new Map(order.map((name, index) => [name, index]));
  const byRank = (a: string, b: string) => (rank.get(a) as number) - (rank.get(b) as number);
  return found
    .filter((group) => group.length > 0)
    .reverse()
    .map((group) => group.sort(byRank));
}

/**
 * Depth first, without recursion: names in the order in which all that they lead to has been seen. Those that were seen
 * before are left out.
 */
export function finished(
  roots: readonly string[],
  next: (name: string) => readonly string[],
  seen = new Set<string>(),
): string[] {
  const order: string[] = [];
  const stack: { name: string; rest: string[] }[] = [];
  const enter = (name: string) => {
    if (seen.has(name)) return;
    seen.add(name);
    stack.push({ name, rest: [...next(name)].reverse() });
  };
  for (const root of roots) {
    enter(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const child = top.rest.pop();
      if (child !== undefined) enter(child);
      else order.push((stack.pop() as { name: string }).name);
    }
  }
  return order;
}
