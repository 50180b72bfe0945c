/** Names of a graph's nodes: spec rules T4 to T6. */

/** Names that `NodePath` keeps for itself. */
const RESERVED = new Set(['_shape', '_code', '_path', '_dtype']);

/** A child of a graph before naming. */
export interface Nameable {
  /** What it wants to be called. */
  readonly wanted: string;
  /**
   * `fixed`: inputs, parameters, explicit names. `module`: numbered from 0 when called more than
   * once. `op`: the first keeps its name, further ones get `_1`, `_2`.
   */
  readonly rule: 'fixed' | 'module' | 'op';
}

/** Gives every child a unique name, in order; fixed names are taken first, then modules, then ops. */
export function assignNames(children: readonly Nameable[]): string[] {
  const taken = new Set<string>(['output']);
  const names = new Array<string>(children.length);
  const next = new Map<string, number>();
  const calls = countBy(children.filter(({ rule }) => rule === 'module').map(({ wanted }) => wanted));
  const seen = new Map<string, number>();
  for (const rule of ['fixed', 'module', 'op'] as const) {
    children.forEach((child, index) => {
      if (child.rule !== rule) return;
      let wanted = clean(child.wanted);
      if (rule === 'module' && (calls.get(child.wanted) ?? 0) > 1) {
        const call = seen.get(child.wanted) ?? 0;
        seen.set(child.wanted, call + 1);
        wanted = `${wanted}_${call}`;
      }
      const name = unique(wanted, taken, next);
      taken.add(name);
      names[index] = name;
    });
  }
  return names;
}

/** Unique names for the parts of an object with these keys, in order. */
export function partNames(keys: readonly string[]): string[] {
  const taken = new Set<string>();
  const next = new Map<string, number>();
  return keys.map((key) => {
    const name = unique(clean(key), taken, next);
    taken.add(name);
    return name;
  });
}

/** A dotted module name as one part of a path: `h.0` becomes `h_0`. */
function clean(wanted: string): string {
  const flat = wanted.replace(/[.|]/g, '_');
  return RESERVED.has(flat) ? `sub${flat}` : flat;
}

/** The name with the first suffix that is free; `next` holds where to go on looking for each name. */
function unique(wanted: string, taken: ReadonlySet<string>, next: Map<string, number>): string {
  if (!taken.has(wanted)) return wanted;
  let suffix = next.get(wanted) ?? 1;
  while (taken.has(`${wanted}_${suffix}`)) suffix += 1;
  next.set(wanted, suffix + 1);
  return `${wanted}_${suffix}`;
}

function countBy(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}
