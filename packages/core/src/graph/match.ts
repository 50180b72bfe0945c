import type { PathIndex } from './paths.js';

/**
 * A glob over node paths as a regular expression: `*` matches within one part of a path, `**` any
 * number of parts, `?` one character. Parts end at `.` and `|`.
 */
export function globToRegExp(glob: string): RegExp {
  const source = glob.replace(/\*\*[.|]|\*\*|[*?]|[\\^$+()[\]{}|.]/g, (token) => {
    if (token === '**') return '.*';
    if (token.startsWith('**')) return '(?:.*[.|])?';
    if (token === '*') return '[^.|]*';
    return token === '?' ? '[^.|]' : `\\${token}`;
  });
  return new RegExp(`^${source}$`);
}

/** Paths of all nodes that a glob selects, in the order of the graph. */
export function matchPaths(index: PathIndex, glob: string): string[] {
  const expression = globToRegExp(glob);
  return [...index.byPath.keys()].filter((path) => path !== '' && expression.test(path));
}
