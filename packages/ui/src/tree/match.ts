/** Tells whether a path matches a filter: text anywhere in it, or a glob at the end of it. */
export type PathMatcher = (path: string) => boolean;

/**
 * Reads a filter. Without a star it is text that occurs in the path, whatever its case. With stars it is a
 * glob that fits the whole path or its last parts: `*` stands for anything inside one part, `**` for any
 * number of parts. The bar before parts of values counts as a dot. Null means that everything matches.
 */
export function pathMatcher(filter: string): PathMatcher | null {
  const text = filter.trim();
  if (text === '') return null;
  if (text.includes('*')) {
    const glob = globExpression(withDots(text));
    return (path) => glob.test(withDots(path));
  }
  const lower = withDots(text.toLowerCase());
  return (path) => withDots(path.toLowerCase()).includes(lower);
}

function withDots(path: string): string {
  return path.replaceAll('|', '.');
}

function globExpression(glob: string): RegExp {
  const body = glob
    // More stars mean no more than two do, and would make the search for a match explode.
    .replace(/\*{3,}/g, '**')
    .split(/(\*\*|\*)/)
    .map((part) => {
      if (part === '**') return '.*';
      return part === '*' ? '[^.]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('');
  return new RegExp(`(?:^|\\.)${body}$`, 'i');
}
