import { type GlobPiece, parseGlob } from './glob.js';
import type { PathIndex } from './paths.js';

/**
 * A glob over node paths as a test: `*` matches within one part of a path, `**` any number of parts, `?` one
 * character, `[0-3]` and `[!ab]` one of a class, `{q,k}` alternatives; `\` takes away such a meaning. Parts
 * end at `.` and `|`. Testing takes time in proportion to glob × path, whatever the glob.
 * @throws NodePathError for a malformed glob
 */
export function globMatcher(glob: string): (path: string) => boolean {
  const alternatives = parseGlob(glob);
  return (path) => alternatives.some((pieces) => matches(pieces, path));
}

/**
 * Paths of all nodes that a glob selects by their paths or other names, in the order of the graph.
 * @throws NodePathError for a malformed glob
 */
export function matchPaths({ byPath, aliases }: PathIndex, glob: string): string[] {
  const isMatch = globMatcher(glob);
  const meant = new Set([...aliases].filter(([alias]) => isMatch(alias)).map(([, path]) => path));
  return [...byPath.keys()].filter((path) => path !== '' && (meant.has(path) || isMatch(path)));
}

/** Follows all ways to read the glob at once, so that nothing is tried twice. */
function matches(pieces: readonly GlobPiece[], path: string): boolean {
  /** After how many characters each place in the glob was last reached. */
  const reached = new Int32Array(pieces.length + 1).fill(-1);
  let places: number[] = [];
  let next: number[] = [];
  const reach = (at: number, count: number): void => {
    for (let place = at; reached[place] !== count; place += 1) {
      reached[place] = count;
      next.push(place);
      const piece = pieces[place];
      if (piece?.repeats !== true) return;
      if (piece.isOptional) reach(place + 3, count);
    }
  };
  reach(0, 0);
  for (let count = 1; count <= path.length && next.length > 0; count += 1) {
    [places, next] = [next, []];
    for (const place of places) {
      const piece = pieces[place];
      if (piece?.takes(path.charAt(count - 1)) === true) reach(piece.repeats ? place : place + 1, count);
    }
  }
  return reached[pieces.length] === path.length;
}
